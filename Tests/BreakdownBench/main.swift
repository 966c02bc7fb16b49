import Film
import Foundation
import Screenplay
import ShotEngine

// What a breakdown costs, for `make bench`, and what it gives, for a look.
//
// usage: breakdown-bench show FILE [FOLDER]     the shots of a Fountain, FDX or sp_step file, one line each
//        breakdown-bench time FILE [RUNS]       V1 to V6 of it, in milliseconds

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("breakdown-bench: \(message)\n".utf8))
    exit(2)
}

let arguments = CommandLine.arguments
guard arguments.count > 2, let data = FileManager.default.contents(atPath: arguments[2]) else {
    fail("usage: breakdown-bench show|time FILE")
}
let reading: ScriptReading =
    arguments[2].hasSuffix(".fdx")
    ? FDX.read(data) : arguments[2].hasSuffix(".json") ? StepFile.read(data) : Fountain.read(data)
for fault in reading.faults { FileHandle.standardError.write(Data("\(fault.weight.rawValue): \(fault)\n".utf8)) }
guard let script = reading.script else { fail("nothing could be read") }

switch arguments[1] {
case "json": print(Breakdown(script).json.text, terminator: "")
case "show":
    let breakdown = Breakdown(script)
    for note in breakdown.notes { print("note: \(note)") }
    for person in breakdown.cast.people {
        print("cast: \(person.key) \(person.name) \(person.gender)\(person.isType ? " type" : "") [\(person.look)]")
    }
    for scene in breakdown.scenes {
        print("== \(script.scenes[scene.index].heading) -> \(scene.setting) \(scene.excuse)")
        for shot in scene.shots {
            let people = shot.people.map { breakdown.cast.people[$0].key }.joined(separator: ",")
            print(
                "\(shot.trigger.rawValue) \(shot.type.rawValue) \(shot.movement.rawValue) \(shot.seconds)s {\(people)} \(shot.transition.rawValue)"
            )
            print("    \(shot.content.prefix(300))")
            print("    S: \(shot.scenePrompt)")
            print("    V: \(shot.videoPrompt)")
            if !shot.characterState.isEmpty || !shot.settingState.isEmpty {
                print(
                    "    state: \(shot.characterState.sorted { $0.key < $1.key }.map { "\(breakdown.cast.people[$0.key].key): \($0.value)" }) \(shot.settingState)"
                )
            }
        }
    }
case "time":
    let runs = arguments.count > 3 ? Int(arguments[3]) ?? 20 : 20
    var times: [Double] = []
    var shots = 0
    for _ in 0..<runs {
        let began = ContinuousClock.now
        let breakdown = Breakdown(script)
        let took = ContinuousClock.now - began
        shots = breakdown.shotsCount
        times.append(Double(took.components.attoseconds) / 1e15 + Double(took.components.seconds) * 1_000)
    }
    times.sort()
    let began = ContinuousClock.now
    let bytes = Breakdown(script).json.text.utf8.count
    let whole = ContinuousClock.now - began
    print(
        "V1 to V6: \(script.scenes.count) scenes, \(shots) shots in \(String(format: "%.1f", times[times.count / 2])) ms (least \(String(format: "%.1f", times[0]))); with \(bytes) bytes of JSON \(String(format: "%.1f", Double(whole.components.attoseconds) / 1e15)) ms"
    )
default: fail("show, json or time")
}
