import Protocol
import Testing
import Worker

@Suite("Worker profiles")
struct MachineProfileTests {
    static let text = """
        profiles:
          - name: big-gpu
            when: {gpu_memory_gb: 20, comfyui: true}
            slots: {gpu: 1, media: 2}
          - name: callers
            when: {host: render-, keys: [metered, metered@studio-b]}
            slots: {api: 16}
          - name: any-gpu
            when: {gpu: nvidia}
            slots: {gpu: 1}
        """

    @Test(
        "the first profile that fits decides; then the shipped ones do",
        arguments: [
            (["gpu_memory_gb": "24", "comfyui": "http://127.0.0.1:8188", "gpu": "NVIDIA"], "big-gpu"),
            (["gpu_memory_gb": "24", "comfyui": "http://gpu:8188 does not answer", "gpu": "NVIDIA RTX"], "any-gpu"),
            (["gpu_memory_gb": "16", "comfyui": "http://127.0.0.1:8188", "gpu": "NVIDIA T4"], "any-gpu"),
            (["host": "render-07", "keys": "metered metered@studio-b", "gpu": "none"], "callers"),
            (["host": "render-07", "keys": "metered", "gpu": "none", "cores": "32"], "many-cores"),
            (["gpu": "none", "cores": "8"], "workstation"),
            (["cores": "4"], "small"),
            (["cores": "not a number"], "one-core"),
            ([:], "one-core"),
        ])
    func firstMatch(_ facts: [String: String], _ name: String) throws {
        let own = try MachineProfile.read(Self.text, file: "worker.yaml")
        #expect(MachineProfile.first(of: own, facts: facts).name == name)
    }

    @Test("a machine with keys also makes calls, unless the user's profile says what it does")
    func keysBringCalls() throws {
        #expect(MachineProfile.first(of: [], facts: ["cores": "4", "keys": "metered"]).slots[.api] == 4)
        #expect(MachineProfile.first(of: [], facts: ["cores": "4", "keys": ""]).slots[.api] == nil)
        let own = try MachineProfile.read("profiles: [{name: all, slots: {media: 1}}]", file: "worker.yaml")
        #expect(MachineProfile.first(of: own, facts: ["keys": "metered"]).slots == [.media: 1])
    }

    @Test(
        "what is wrong in a file is told by its place",
        arguments: [
            ("profiles: [{name: a, slot: {media: 1}}]", "did you mean \"slots\""),
            ("profiles: [{name: a, slots: {video: 1}}]", "gpu, api, audio or media"),
            ("profiles: [{name: a, slots: {media: 0}}]", "one slot at least"),
            ("profiles: [{name: a, when: {cpus: 4}, slots: {media: 1}}]", "\"cpus\" is not known"),
            ("profiles: [{name: a, when: {cores: many}, slots: {media: 1}}]", "whole number"),
            ("profiles: [{name: a, when: {gpu: false}, slots: {media: 1}}]", "a word, a list of words, or true"),
            ("profiles: [{slots: {media: 1}}]", "its name"),
            ("profile: []", "did you mean \"profiles\""),
            ("profiles: {", "is not YAML"),
            ("- a", "write `profiles:`"),
        ])
    func faults(_ text: String, _ words: String) {
        let error = #expect(throws: MachineProfileError.self) {
            try MachineProfile.read(text, file: "worker.yaml")
        }
        #expect(error?.description.hasPrefix("worker.yaml: ") == true)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
