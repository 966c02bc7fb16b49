import Dashboard
import Foundation
import Protocol
import TestKit

extension MadeUp {
    func room(_ width: Int, _ height: Int, glyphs: Glyphs = .unicode, mayAct: Bool = true) -> Desk {
        let desk = Desk(ControlRoom(width: width, height: height, glyphs: glyphs, mayAct: mayAct))
        _ = desk.handle(.tick(1_000))
        _ = desk.handle(.news(snapshot))
        return desk
    }
}

/// A control room that is used inside expectations, which take no value that changes.
final class Desk {
    private var room: ControlRoom

    init(_ room: ControlRoom) { self.room = room }

    var view: ViewKind { room.view }
    var shown: LiveModel { room.shown }
    var subjects: [String] { room.subjects }
    var selectedShot: LiveShot? { room.selectedShot }
    var screen: String { frame().text }

    func handle(_ event: ControlRoom.Event) -> [ControlRoom.Command] { room.handle(event) }
    func frame() -> Frame { room.frame() }

    /// Types keys one after the other.
    @discardableResult
    func press(_ text: String) -> [ControlRoom.Command] { text.flatMap { room.handle(.key(.character($0))) } }

    @discardableResult
    func press(_ keys: Key...) -> [ControlRoom.Command] { keys.flatMap { room.handle(.key($0)) } }
}

final class Known {
    private(set) var model = LiveModel()

    func take(_ answer: WatchAnswer) -> Bool { model.take(answer) }
}

final class Pen {
    private var writer: ScreenWriter

    init(depth: ColourDepth) { writer = ScreenWriter(depth: depth) }

    func bytes(for frame: Frame) -> [UInt8] { writer.bytes(for: frame) }
    func forget() { writer.forget() }
}

/// Files that say what a screen looks like. `SNOWFLAKE_UPDATE_GOLDENS=1` writes them anew, to be looked at.
enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens")

    static func matches(_ text: String, _ name: String) -> Bool {
        let file = folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["SNOWFLAKE_UPDATE_GOLDENS"] != nil {
            try? Data(text.utf8).write(to: file)
            return true
        }
        return (try? String(contentsOf: file, encoding: .utf8)) == text
    }
}
