import Film
import Foundation
import Media
import Protocol
import Providers
import TestKit
import Testing
import Worker

/// Programs of the user's own as a worker's backend: real ones, in a shell and in Python.
@Suite("Programs as a backend", .timeLimit(.minutes(2)))
struct ProgramTests {
    let folder = TemporaryFolder("programs")

    // MARK: the file

    @Test func aFileOfProgramsIsRead() throws {
        let text = """
            programs:
              - {name: inpaint, makes: [compose, setting], command: [python3, a.py, --model, x], role: gpu, silence: 30,
                 environment: {HF_HOME: /models}}
              - {name: hum, makes: [ambience], command: [hum]}
            """
        let programs = try Program.read(text, file: "programs.yaml")
        #expect(
            programs == [
                Program(
                    "inpaint", makes: [.compose, .setting], command: ["python3", "a.py", "--model", "x"], role: .gpu,
                    silence: .seconds(30), environment: ["HF_HOME": "/models"]),
                Program("hum", makes: [.ambience], command: ["hum"]),
            ])
        let maker = ProgramMaker(programs[1], environment: [:])
        #expect(maker.capabilities == [Capability(kind: .ambience, backend: "exec", account: "hum"): .audio])
        #expect(try Program.read("", file: "programs.yaml").isEmpty)
    }

    @Test(arguments: [
        ("programs: 3", "write `programs:` with a list"), ("program: []", "program"), ("a: [", "is not YAML"),
        ("programs: [x]", "program 1: should hold name, makes and command"),
        ("programs: [{name: A, makes: [compose], command: [a]}]", "small letters"),
        ("programs: [{name: a, makes: [film], command: [a]}]", "makes of a"),
        ("programs: [{name: a, makes: [], command: [a]}]", "makes nothing"),
        ("programs: [{name: a, makes: [compose], command: a b}]", "a list of words"),
        ("programs: [{name: a, makes: [compose], command: [a], role: cook}]", "role of a"),
        ("programs: [{name: a, makes: [compose], command: [a], silence: 0}]", "silence of a"),
        ("programs: [{name: a, makes: [compose], command: [a], shell: true}]", "shell"),
        (
            "programs: [{name: a, makes: [compose], command: [a]}, {name: a, makes: [compose], command: [b]}]",
            "program 2: there is a a already"
        ),
    ])
    func whatIsWrongWithAFileIsSaid(_ text: String, _ words: String) {
        let fault = #expect(throws: Program.Fault.self) { try Program.read(text, file: "programs.yaml") }
        #expect(fault?.description.hasPrefix("programs.yaml: ") == true)
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
    }

    // MARK: the wire

    @Test func ordersSayWhatIsWanted() {
        var wish = Wish(prompt: "a pier", model: "", milliseconds: 0, width: 640, height: 360, reference: "sf-1")
        wish.kind = .compose
        wish.strength = 50
        let order = ProgramWire.order(
            wish, label: "s001_001/compose", model: "xl", still: "still.png", mask: nil, output: "made.png")
        #expect(
            order
                == .of([
                    "version": 1, "do": "make", "kind": "compose", "label": "s001_001/compose", "reference": "sf-1",
                    "model": "xl", "prompt": "a pier", "seed": 0, "output": "made.png", "negative_prompt": "",
                    "width": 640, "height": 360, "strength": .number("0.050"), "guidance": .number("7.000"),
                    "still": "still.png",
                ]))
        wish.kind = .dialogue
        wish.sayings = [Saying(word: "Cairn", said: "kern")]
        let line = ProgramWire.order(wish, label: "l", model: "", still: nil, mask: nil, output: "made.wav")
        #expect(line["sayings"]?[0]?["said"] == "kern" && line["width"] == nil && line["voice"] == "")
    }

    @Test func linesAreHeardAsWhatTheyAre() {
        var said = ProgramWire.Said()
        for line in [
            "Loading weights…", #"{"progress": 0.25}"#, #"{"progress": 7}"#, #"{"output": "a.png", "say": "done"}"#,
            #"{"words": [{"text": "Hush", "from": 10, "to": 300}, {"text": "odd", "from": 9, "to": 1}]}"#, "[1]", "{",
            #"{"retry_after": 2.5}"#, #"{"retry_after": -1}"#,
        ] { said.hear(line) }
        #expect(said.progress == 0.25 && said.output == "a.png" && said.message == "{")
        #expect(said.words == [SpokenWord("Hush", from: 10, to: 300)] && said.retryAfter == .milliseconds(2_500))
    }

    private static let ends: [(Int32, FailureClass)] = [
        (64, .inputFault), (65, .inputFault), (69, .providerFault), (75, .scarce), (77, .rejected), (1, .workerFault),
        (2, .workerFault), (127, .workerFault), (-1, .workerFault),
    ]

    @Test(arguments: ProgramTests.ends)
    func exitStatusesAreClasses(_ code: Int32, _ failure: FailureClass) {
        var said = ProgramWire.Said()
        said.hear(#"{"error": "why"}"#)
        let fault = ProgramWire.fault(
            code: code < 0 ? nil : code, status: "ended", said: said, words: "trace", name: "p")
        #expect(fault?.failureClass == failure && fault?.message == "p ended: why")
        #expect(fault?.retryAfter == (failure == .scarce ? .seconds(20) : nil))
        #expect(ProgramWire.fault(code: 0, status: "", said: said, words: "", name: "p") == nil)
    }

    // MARK: running

    private static let spec = TaskSpec(
        kind: .setting, backend: "exec", model: "p/xl", recipeVersion: 1,
        parameters: ["prompt": "a pier", "time_words": "", "time": "day"], shaping: ["width": 64, "height": 36],
        expected: .seconds(1))

    private func work(_ progress: @escaping @Sendable () -> Void = {}) throws -> Work {
        let place = folder.url.appendingPathComponent("work-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return Work(spec: Self.spec, label: "pier/setting", inputs: [], folder: place, progress: progress)
    }

    private func maker(_ script: String, silence: Span = .seconds(60)) -> ProgramMaker {
        ProgramMaker(
            Program("p", makes: [.setting], command: ["/bin/sh", "-c", script], silence: silence),
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "OWN": "yes"])
    }

    private static let drawn = "ffmpeg -v error -f lavfi -i color=red:s=80x45 -frames:v 1"

    @Test func whatAProgramDrawsIsBroughtToSize() async throws {
        let work = try work()
        let script = """
            cat > order.json; echo '{"progress": 0.5}'; test -z "$HOME" && test "$OWN" = yes || exit 3
            \(Self.drawn) odd.png && echo '{"output": "odd.png"}'
            """
        let made = try await maker(script).make(work)
        let size = try await Probe.video(made.file, in: work.folder)
        #expect(size.width == 64 && size.height == 36)
        let order = try JSON(text: Data(contentsOf: work.folder.appendingPathComponent("order.json")))
        #expect(order["model"] == "xl" && order["prompt"] == "a pier. day, empty of people" && order["width"] == 64)
    }

    @Test(arguments: [
        ("exit 77", FailureClass.rejected, "p ended with status 77"),
        ("echo '{\"error\": \"the prompt is too long\"}'; exit 65", .inputFault, "the prompt is too long"),
        ("echo '{\"retry_after\": 5}'; exit 75", .scarce, "status 75"),
        ("echo first >&2; echo last >&2; exit 1", .workerFault, "first · last"),
        ("kill -9 $$", .workerFault, "signal 9"),
        ("exit 0", .workerFault, "there is no file \"made.png\""),
        ("echo '{\"output\": \"../../secret\"}'", .workerFault, "there is no file"),
        ("ln -s /etc/passwd made.png", .workerFault, "there is no file"),
        ("echo no picture > made.png", .workerFault, "cannot be used"),
    ])
    func everyEndIsAClass(_ script: String, _ failure: FailureClass, _ words: String) async throws {
        let work = try work()
        let fault = await #expect(throws: WorkFault.self) { try await maker(script).make(work) }
        #expect(fault?.failureClass == failure)
        #expect(fault?.message.contains(words) == true, "\(fault?.message ?? "")")
    }

    @Test func oneThatSaysNothingIsEndedWithAllItStarted() async throws {
        let work = try work()
        // It does not go when it is told to, and neither does what it started.
        let script = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > child; while :; do sleep 1; done' & wait; wait"
        let fault = await #expect(throws: WorkFault.self) {
            try await maker(script, silence: .seconds(1)).make(work)
        }
        #expect(fault?.failureClass == .workerFault && fault?.message.contains("said nothing for 1 s") == true)
        let child = try String(contentsOf: work.folder.appendingPathComponent("child"), encoding: .utf8)
        let process = try #require(Int32(child.trimmingCharacters(in: .whitespacesAndNewlines)))
        while kill(process, 0) == 0 { await Task.yield() }
    }

    @Test func whatAKilledWorkerLeftRunningIsEnded() async throws {
        let (left, other) = (try work(), try work())
        let running = Task { [maker = maker("echo > started; exec sleep 600")] in
            await #expect(throws: WorkFault.self) { try await maker.make(left) }
        }
        while !FileManager.default.fileExists(atPath: left.folder.appendingPathComponent("started").path) {
            await Task.yield()
        }
        #expect(Leftovers.end(in: other.folder).isEmpty)
        #expect(Leftovers.end(in: left.folder).count == 1)
        #expect(await running.value?.message.contains("signal 9") == true)
        #expect(Leftovers.end(in: left.folder.appendingPathComponent("nowhere")).isEmpty)
    }

    @Test func whoSpeaksIsNotTakenForHung() async throws {
        let work = try work()
        let script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 0.7; echo still here; done; \(Self.drawn) made.png"
        _ = try await maker(script, silence: .seconds(5)).make(work)
    }

    @Test func aStoppedTaskEndsItsProgram() async throws {
        let work = try work()
        let pid = work.folder.appendingPathComponent("pid")
        let task = Task { try await maker("echo $$ > pid; exec sleep 600").make(work) }
        while !FileManager.default.fileExists(atPath: pid.path) { await Task.yield() }
        task.cancel()
        let fault = await #expect(throws: WorkFault.self) { try await task.value }
        #expect(fault?.failureClass == .interrupted)
    }

    @Test func aProgramSaysWhetherItCouldWork() async throws {
        let asked = #"grep -q '"do": *"check"' || exit 2; "#
        try await maker(asked).check(in: folder.url)
        let fault = await #expect(throws: WorkFault.self) {
            try await maker(asked + #"echo '{"error": "torch is missing"}'; exit 1"#).check(in: folder.url)
        }
        #expect(fault?.message.contains("torch is missing") == true)
        let absent = ProgramMaker(Program("p", makes: [.setting], command: ["no-such-program"]), environment: [:])
        let lacking = await #expect(throws: WorkFault.self) { try await absent.check(in: folder.url) }
        #expect(lacking?.failureClass == .workerFault)
    }
}
