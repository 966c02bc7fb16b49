import ArgumentParser
import CUnix
import Dashboard
import Foundation
import Media
import Objects
import Protocol
import SwiftProtobuf
import Synchronization
import Transport

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The control room: the film, tasks, workers, gates, money and events, as they change.",
        discussion:
            "? lists the keys. Without a terminal, or on a dumb one, it prints a line whenever something changes.")
    @OptionGroup var cluster: ClusterOptions
    @Option(help: "The project's folder, for :takes and :select.") var project: String?

    func run() async throws {
        let token = try cluster.token()
        let client = try await Client(token)
        let environment = ProcessInfo.processInfo.environment
        guard let terminal = CursesTerminal(environment: environment) else {
            try await printLines(client)
            return
        }
        let depth = ColourDepth(environment: environment, described: terminal.colours)
        let house = TopHouse(client: client, terminal: terminal, depth: depth, project: project)
        do {
            try await house.run()
            terminal.close()
            await client.close()
        } catch {
            terminal.close()
            await client.close()
            throw error
        }
    }

    /// A line whenever something changes, once a second at most.
    private func printLines(_ client: Client) async throws {
        let watching = Watching(client: client)
        var model = try await watching.snapshot()
        var last = ""
        while true {
            let line =
                model.orderedJobs.first.map { PlainTable.line(model, job: $0) } ?? "\(Words.clock(model.at))  no jobs"
            if line.dropFirst(8) != last.dropFirst(8) {
                print(CellText.pieces(line).map(\.text).joined())
                last = line
                guard fflush(nil) == 0 else { return }
            }
            try await Task.sleep(for: .seconds(1))
            guard Terminal.isRead else { return }
            do {
                let answer = try await watching.next(after: model, wait: .seconds(1))
                if !model.take(answer) { model = try await watching.snapshot() }
            } catch let failure as Failure where failure.code == .notReachable {
                Terminal.error("no word from the coordinator; trying on")
            }
        }
    }
}

/// The shell around ``ControlRoom``: keys and news in, bytes and acts out.
private final class TopHouse: Sendable {
    private let client: Client
    private let terminal: CursesTerminal
    private let depth: ColourDepth
    private let project: String?
    private let events: AsyncStream<Input>
    private let inlet: AsyncStream<Input>.Continuation

    private enum Input: Sendable {
        case event(ControlRoom.Event)
        case draw
        case redraw
        case picture(Picture?, Data, bytes: [UInt8])
        case ended(Failure?)
    }

    /// The screen changes at most so often.
    private static let frameTime = Duration.milliseconds(100)

    init(client: Client, terminal: CursesTerminal, depth: ColourDepth, project: String?) {
        self.project = project
        self.client = client
        self.terminal = terminal
        self.depth = depth
        (events, inlet) = AsyncStream.makeStream()
    }

    func run() async throws {
        let size = terminal.size
        var room = ControlRoom(
            width: size.width, height: size.height, glyphs: terminal.hasUnicode ? .unicode : .ascii,
            mayAct: await mayAct())
        let clock = ContinuousClock.now
        func now() -> Int64 { (ContinuousClock.now - clock).milliseconds }
        terminal.read { [inlet] news in
            switch news {
            case .key(let key): inlet.yield(.event(.key(key)))
            case .resized(let width, let height): inlet.yield(.event(.resized(width: width, height: height)))
            case .returned: inlet.yield(.redraw)
            case .gone: inlet.yield(.ended(nil))
            }
        }
        let signals = StopSignals(leash: false) { [inlet] _ in inlet.yield(.ended(nil)) }
        defer { signals.cancel() }
        let watcher = Task { await watch() }
        let ticker = Task { [inlet] in
            while (try? await Task.sleep(for: .seconds(1))) != nil { inlet.yield(.event(.tick(0))) }
        }
        defer {
            watcher.cancel()
            ticker.cancel()
        }
        var painter = Painter(writer: ScreenWriter(depth: depth))
        painter.draw(&room, terminal)
        for await input in events {
            switch input {
            case .event(.tick):
                if perform(room.handle(.tick(now()))) { return }
            case .event(let event):
                _ = room.handle(.tick(now()))
                if perform(room.handle(event)) { return }
                if case .resized = event { painter.forget() }
                // A snapshot of thousands of rows leaves as much behind as it brought.
                if case .news(let answer) = event, answer.snapshot { snowflake_trim_memory() }
            case .redraw: painter.forget()
            case .picture(let picture, let digest, let bytes):
                room.picture = picture
                painter.take(digest, bytes)
            case .draw:
                painter.isDue = false
                guard painter.draw(&room, terminal) else { return }
                wantPicture(room, &painter)
                continue
            case .ended(let failure):
                if let failure { throw failure }
                return
            }
            if !painter.isDue {
                painter.isDue = true
                let wait = max(.zero, Self.frameTime - (ContinuousClock.now - painter.drawnAt))
                // Ends with the wait.
                Task { [inlet] in
                    if wait > .zero { try? await Task.sleep(for: wait) }
                    inlet.yield(.draw)
                }
            }
        }
    }

    /// Whether this key may act: an operator's may list tokens, a viewer's may not.
    private func mayAct() async -> Bool {
        do {
            _ = try await client.ask(patience: .milliseconds(400)) { $0.tokenList = .init() }
            return true
        } catch let failure as Failure where failure.code == .refusedKey {
            return false
        } catch {
            return true  // The coordinator will say so when an act is tried.
        }
    }

    /// Asks for news for ever; what is known is a copy of what the screen's side knows.
    private func watch() async {
        let watching = Watching(client: client)
        var model = LiveModel()
        while !Task.isCancelled {
            do {
                let answer = try await watching.next(after: model, wait: .seconds(2))
                if model.follow(answer) { inlet.yield(.event(.news(answer))) }
            } catch let failure as Failure {
                if failure.code == .refusedKey {
                    inlet.yield(.ended(failure))
                    return
                }
                inlet.yield(.event(.lost(failure.message)))
                // It may be starting again.
                try? await Task.sleep(for: .milliseconds(500))
            } catch {
                return
            }
        }
    }

    // MARK: commands

    /// Answers whether that was the end.
    private func perform(_ commands: [ControlRoom.Command]) -> Bool {
        for command in commands {
            switch command {
            case .quit: return true
            case .suspend: kill(getpid(), SIGTSTP)
            case .redraw: inlet.yield(.redraw)
            case .copy(let text): copy(text)
            case .ask(let question, let after): ask(question, after)
            case .act(let order): act(order)
            case .resync: break
            }
        }
        return false
    }

    /// OSC 52: the terminal at this end of ssh puts it into its clipboard; tmux passes it on.
    private func copy(_ text: String) {
        let data = Data(text.utf8.prefix(70_000)).base64EncodedString()
        terminal.write(Array("\u{1B}]52;c;\(data)\u{07}".utf8))
        inlet.yield(.event(.told("copied", isGood: true)))
    }

    private func ask(_ question: ControlRoom.Question, _ after: UInt64) {
        // Ends with the answer.
        Task {
            do {
                switch question {
                case .why(let subject, let job):
                    let answer = try await client.ask {
                        $0.why = .with {
                            $0.subject = subject
                            $0.job = job
                        }
                    }.why
                    inlet.yield(
                        .event(.answered(question, lines: [answer.text] + answer.lines.map { "  " + $0 }, last: 0)))
                case .takes(let subject):
                    let rows = try TakesCommand.rows(of: projectFolder(), subject.isEmpty ? nil : subject)
                    let lines = rows.map(TakesCommand.line)
                    inlet.yield(
                        .event(.answered(question, lines: lines.isEmpty ? ["no takes yet"] : lines, last: 0)))
                case .logs(let subject):
                    let lines = try await client.ask {
                        $0.logs = .with {
                            $0.subject = subject
                            $0.after = after
                            $0.last = 1_000
                        }
                    }.logs.lines
                    inlet.yield(
                        .event(.answered(question, lines: lines.map(LogWords.text), last: lines.last?.number ?? after)))
                }
            } catch let failure as Failure {
                inlet.yield(.event(.answered(question, lines: [failure.message], last: after)))
            } catch {}
        }
    }

    /// Takes lie in a project, not in the cluster.
    private func projectFolder() throws(Failure) -> String {
        if let project { return project }
        guard FileManager.default.fileExists(atPath: Folders.folder(".").appendingPathComponent("takes.json").path)
        else { throw Failure(.usage, "takes are a project's: start with snowflake top --project DIR") }
        return "."
    }

    /// `2`, or `2 10 90`: the take, and the frames of it that may be shown.
    private func select(_ order: ControlRoom.Order) throws(Failure) -> String {
        let numbers = order.text.split(separator: " ").map { Int($0) }
        guard let take = numbers.first ?? nil, numbers.count <= 3, !numbers.contains(nil) else {
            throw Failure(.usage, "write :select s001_003 2, or :select s001_003 2 10 90 for frames 10 to 89 of it")
        }
        guard
            var select = try? Select.parse([order.subject, "\(take)", "--project", try projectFolder()])
        else { throw Failure(.usage, "\(order.subject) is no shot and no asset") }
        select.first = numbers.dropFirst().first.flatMap { $0 } ?? 0
        select.end = numbers.dropFirst(2).first.flatMap { $0 } ?? 0
        return try select.selected()
    }

    private func act(_ order: ControlRoom.Order) {
        // Ends with the answer.
        Task {
            do {
                guard order.verb != "select" else {
                    inlet.yield(.event(.told(try select(order), isGood: true)))
                    return
                }
                let answer = try await client.ask {
                    $0.act = .with {
                        $0.verb = order.verb
                        $0.subject = order.subject
                        $0.job = order.job
                        $0.value = order.value
                        $0.text = order.text
                    }
                }.act
                inlet.yield(.event(.told(answer.lines.joined(separator: "; "), isGood: true)))
            } catch let failure as Failure {
                inlet.yield(.event(.told(failure.message, isGood: false)))
            } catch {}
        }
    }

    // MARK: pictures

    private func wantPicture(_ room: ControlRoom, _ painter: inout Painter) {
        guard let area = room.pictureArea, let digest = room.pictureDigest, painter.isWanted(digest, area) else {
            return
        }
        let mode = terminal.pictures
        let isASCII = !terminal.hasUnicode
        // Ends when the frame is there, or cannot be had.
        Task {
            let pixels = await FramePixels.load(
                digest, client, height: mode == .text ? area.height * 2 : area.height * 20)
            guard let pixels else {
                inlet.yield(.picture(nil, digest, bytes: []))
                return
            }
            let picture =
                mode == .text
                ? PictureMaker.cells(pixels, digest: digest, width: area.width, height: area.height, isASCII: isASCII)
                : nil
            let bytes = mode == .text ? [] : PictureMaker.bytes(pixels, mode, width: area.width, height: area.height)
            inlet.yield(.picture(picture, digest, bytes: bytes))
        }
    }
}

/// What is on the screen, and what has still to go there.
private struct Painter {
    var writer: ScreenWriter
    var isDue = false
    var drawnAt = ContinuousClock.now
    private var asked: (digest: Data, area: ControlRoom.PictureArea)?
    private var graphic: (digest: Data, bytes: [UInt8])?
    private var isGraphicShown = false

    init(writer: ScreenWriter) { self.writer = writer }

    mutating func forget() {
        writer.forget()
        isGraphicShown = false
        asked = nil
    }

    mutating func isWanted(_ digest: Data, _ area: ControlRoom.PictureArea) -> Bool {
        guard asked?.digest != digest || asked?.area != area else { return false }
        asked = (digest, area)
        return true
    }

    mutating func take(_ digest: Data, _ bytes: [UInt8]) {
        graphic = bytes.isEmpty ? nil : (digest, bytes)
        isGraphicShown = false
        // What lay under the old picture is drawn again.
        if !bytes.isEmpty { writer.forget() }
    }

    /// False when nobody reads the screen any more.
    @discardableResult
    mutating func draw(_ room: inout ControlRoom, _ terminal: CursesTerminal) -> Bool {
        drawnAt = .now
        let frame = room.frame()
        if room.pictureArea == nil, isGraphicShown {
            writer.forget()
            isGraphicShown = false
        }
        var bytes = writer.bytes(for: frame)
        if let graphic, let area = room.pictureArea, !isGraphicShown {
            bytes += Array("\u{1B}[\(area.y + 1);\(area.x + 1)H".utf8) + graphic.bytes
            isGraphicShown = true
        }
        return bytes.isEmpty ? true : terminal.write(bytes)
    }
}

/// A frame of the film from the cluster's store, as pixels.
enum FramePixels {
    static func load(_ digest: Data, _ client: Client, height: Int) async -> PictureMaker.Pixels? {
        guard let name = Digest(bytes: digest), let store = try? await client.store(),
            let file = try? await store.take(name)
        else { return nil }
        defer { store.letGo([name]) }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "snowflake-frame-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let high = max(2, min(height, 720))
        let wide = high * 16 / 9
        let out = folder.appendingPathComponent("frame.rgb")
        // Whatever shape it has, it is fitted into 16:9.
        let scale = "scale=\(wide):\(high):force_original_aspect_ratio=decrease,pad=\(wide):\(high):-1:-1"
        guard
            (try? await Tool.ffmpeg.guarded.run(
                [
                    "-nostdin", "-v", "error", "-y", "-protocol_whitelist", "file", "-i", file.path, "-frames:v", "1",
                    "-vf",
                    scale, "-pix_fmt", "rgb24", "-f", "rawvideo", out.path,
                ], in: folder)) != nil, let data = try? Data(contentsOf: out)
        else { return nil }
        return PictureMaker.Pixels(width: wide, height: high, rgb: [UInt8](data))
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
