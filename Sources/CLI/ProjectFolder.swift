import Film
import Foundation
import Objects
import Planning
import Protocol
import Screenplay

/// A project on this machine: its files, its settings, and the film they make.
struct ProjectFolder {
    let url: URL
    private(set) var files: [String: Data]
    private(set) var film: FilmProject
    let faults: [ProjectFault]
    var profile: Profile
    /// Music that was found in the folder, by what it is.
    private(set) var sounds: [Digest: URL] = [:]

    /// Files larger than this are no film's.
    static let fileLimitBytes = 256 << 20

    /// Reads a project. Ends with code 3 and every fault when it cannot be rendered.
    static func open(
        _ path: String, profile name: String?, size: String?, budget: Double? = nil, prices: String? = nil
    ) throws(Failure) -> ProjectFolder {
        let isScript = ScriptProject.isScript(path) || ScriptProject.isUnbroken(path)
        let url = try isScript ? Self.brokenDown(path) : Folders.folder(path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw Failure(.badProject, "\(path) is not a folder; a project is a folder with a shot_list.json")
        }
        var files = try read(url)
        // What was chosen among takes goes with the film.
        let selection = Selection(try takes(in: url))
        files[Selection.file] = selection.isEmpty ? nil : Data(selection.text.utf8)
        var (configuration, configFaults) = configuration(files)
        if let prices { configFaults += try readPrices(prices, &configuration) }
        let (film, filmFaults) = FilmProject.read(files: files)
        let faults = filmFaults + configFaults
        let errors = faults.filter { $0.weight == .error }
        guard let film, errors.isEmpty else {
            throw Failure(
                .badProject,
                "\(path) cannot be rendered: \(errors.count) \(errors.count == 1 ? "fault" : "faults")\n"
                    + errors.map { "  " + Terminal.harmless($0.description) }.joined(separator: "\n"))
        }
        var settings = configuration
        if let size {
            guard Profile.size(size) != nil else {
                throw Failure(.usage, "--size \(size): write width and height, like 1920x1080, both even")
            }
            settings.look.size = size
        }
        if let budget {
            guard (0..<1e7).contains(budget) else { throw Failure(.usage, "--budget \(budget): dollars, 0 or more") }
            settings.budgetUSD = budget
        }
        switch settings.resolve(name ?? settings.profile ?? "animatic") {
        case .failure(let fault): throw Failure(.usage, fault.message)
        case .success(let profile):
            return ProjectFolder(url: url, files: files, film: film, faults: faults, profile: profile)
        }
    }

    /// The folder a screenplay becomes, its shot list made or brought up to date.
    private static func brokenDown(_ path: String) throws(Failure) -> URL {
        let script = try ScriptProject.open(path)
        let made = try script.write(script.breakdown(format: nil, wordsPerSecond: 2.5), isForced: false)
        for fault in script.faults { Terminal.error("note: \(Terminal.harmless(fault.description))") }
        if made.isKept {
            Terminal.error("note: \(script.folder.path)/shot_list.json was changed by hand and is kept")
        }
        if !made.written.isEmpty { Terminal.error("broken down into \(script.folder.path)") }
        return script.folder
    }

    private static func readPrices(_ path: String, _ configuration: inout Configuration) throws(Failure)
        -> [ProjectFault]
    {
        guard let text = try? String(contentsOf: Folders.folder(path), encoding: .utf8) else {
            throw Failure(.usage, "--prices \(path): the file cannot be read")
        }
        return configuration.readPrices(text, file: path)
    }

    static func read(_ url: URL) throws(Failure) -> [String: Data] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch {
            throw Failure(.badProject, "\(url.path) cannot be read: \(error.localizedDescription)")
        }
        var files: [String: Data] = [:]
        for name in names.sorted() where FilmProject.isRelevant(name) {
            let file = url.appendingPathComponent(name)
            let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
            guard size <= fileLimitBytes else {
                throw Failure(.badProject, "\(file.path) is \(size) bytes large; that is no film's file")
            }
            do {
                files[name] = try Data(contentsOf: file)
            } catch {
                throw Failure(.badProject, "\(file.path) cannot be read: \(error.localizedDescription)")
            }
        }
        return files
    }

    static func configuration(_ files: [String: Data]) -> (Configuration, [ProjectFault]) {
        var configuration = Configuration()
        var faults: [ProjectFault] = []
        if let user = try? Data(contentsOf: Folders.config) {
            faults += configuration.read(String(decoding: user, as: UTF8.self), file: Folders.config.path)
        }
        if let own = files["snowflake.yaml"] {
            faults += configuration.read(String(decoding: own, as: UTF8.self), file: "snowflake.yaml")
        }
        return (configuration, faults)
    }

    /// Ends with code 6 when results could not be written: before the work, not after it.
    func checkWritable() throws(Failure) {
        guard access(url.path, W_OK) == 0 else {
            throw Failure(.lacking, "\(url.path) cannot be written; the film and its parts go there")
        }
        for name in ["settings", "characters", "stills", "sound", "clips", "scenes", "output"] {
            let path = url.appendingPathComponent(name).path
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
            guard isFolder.boolValue, access(path, W_OK) == 0 else {
                throw Failure(
                    .lacking,
                    "\(path) \(isFolder.boolValue ? "cannot be written" : "is not a folder"); results go there")
            }
        }
    }

    /// Which results of a plan a store has, receipt and blob; the machine's own store when none is named.
    static func held(of plan: FilmPlan, in store: String?) async throws(Failure) -> Set<TaskKey> {
        guard let depot = try Folders.depot(store) else { return [] }
        do throws(ObjectError) {
            return try await depot.held(of: plan.nodes.map(\.spec.key))
        } catch {
            throw Failure(.lacking, "\(error)")
        }
    }

    /// Asks before money is spent. What the store holds is not bought, and not counted.
    func confirmPrice(isAgreed: Bool, store: String?) async throws(Failure) {
        guard profile.needsServices else { return }
        let plan = FilmPlan(film, profile)
        let held = try await Self.held(of: plan, in: store)
        let price = plan.toMake { held.contains($0) }.reduce(MicroUSD.zero) {
            $0 + $1.spec.priceCeiling
        }
        // What fails may be billed by each of its list.
        let most = profile.substitutions.reduce(price) { most, rank in
            FilmPlan(film, rank.profile).toMake { held.contains($0) }
                .filter { rank.kinds.contains($0.spec.kind) && profile.locks[$0.scene]?[$0.spec.kind] == nil }
                .reduce(most) { $0 + $1.spec.priceCeiling }
        }
        guard most > .zero, !isAgreed else { return }
        let words =
            most > price ? "\(price) USD, and \(most) USD if all is asked of every service of its list" : "\(price) USD"
        guard isatty(0) == 1 else {
            throw Failure(
                .usage, "this may cost up to \(words); say --yes to agree, or --budget USD to cap it and --yes")
        }
        Terminal.raw("This may cost up to \(words). Go on? [y/N] ")
        guard ["y", "yes"].contains((readLine() ?? "").lowercased()) else {
            throw Failure(.interrupted, "nothing was spent")
        }
    }

    /// The same project as it is submitted: with a voice for everybody, and with its music.
    func ready() async throws(Failure) -> ProjectFolder { try await MusicFolder.read(try await cast()) }

    /// With everybody cast from this machine's voices, where somebody speaks and has no voice yet.
    private func cast() async throws(Failure) -> ProjectFolder {
        let lines = film.shots.flatMap(\.lines)
        guard !lines.isEmpty else { return self }
        let voices = await LocalVoices.find()
        guard !voices.isEmpty || lines.allSatisfy({ film.voices.voice(of: $0.speaker) != nil }) else {
            throw Failure(
                .lacking,
                "no speech engine is installed here, and \(lines.count) lines are spoken; `make setup` installs some")
        }
        return try casting(voices)
    }

    /// The same project with a voice for everybody who speaks; the map is written into the project, once.
    func casting(_ voices: [AvailableVoice]) throws(Failure) -> ProjectFolder {
        let map = Casting.cast(film, voices: voices)
        guard map != film.voices else { return self }
        let file = url.appendingPathComponent("voice_map.json")
        do {
            try Data(map.text.utf8).write(to: file, options: .atomic)
        } catch {
            throw Failure(.lacking, "\(file.path) cannot be written: \(error.localizedDescription)")
        }
        var project = self
        project.files["voice_map.json"] = Data(map.text.utf8)
        project.film.voices = map
        return project
    }

    /// Takes music in: the film's blob names it, a submission hands it over.
    mutating func take(_ music: Music, _ sounds: [Digest: URL]) {
        files[Music.file] = Data(music.text.utf8)
        film.music = music
        self.sounds = sounds
    }

    /// The project's takes so far.
    func takes() throws(Failure) -> Takes { try Self.takes(in: url) }

    /// The takes a folder knows; a broken file is a fault, never nothing.
    static func takes(in folder: URL) throws(Failure) -> Takes {
        guard let data = try? Data(contentsOf: folder.appendingPathComponent(Takes.file)) else { return Takes() }
        do throws(ProjectFault) { return try Takes(text: Array(data)) } catch {
            throw Failure(.badProject, "\(folder.path): \(error); mend it, or move it away to start anew")
        }
    }

    /// Takes another cut of the film.
    mutating func take(_ cut: Cut) {
        files[Cut.file] = Data(cut.text.utf8)
        film.cut = cut
    }

    func reportWarnings() {
        let warnings = faults.filter { $0.weight == .warning }
        for fault in warnings.prefix(12) { Terminal.error(Terminal.harmless(fault.description)) }
        if warnings.count > 12 { Terminal.error("… and \(warnings.count - 12) more warnings") }
    }
}
