import Film
import Foundation
import Planning
import Protocol

/// A project on this machine: its files, its settings, and the film they make.
struct ProjectFolder {
    let url: URL
    let files: [String: Data]
    let film: FilmProject
    let faults: [ProjectFault]
    let profile: Profile

    /// Files larger than this are no film's.
    static let fileLimitBytes = 256 << 20

    /// Reads a project. Ends with code 3 and every fault when it cannot be rendered.
    static func open(_ path: String, profile name: String?, size: String?) throws(Failure) -> ProjectFolder {
        let url = Folders.folder(path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw Failure(.badProject, "\(path) is not a folder; a project is a folder with a shot_list.json")
        }
        let files = try read(url)
        let (configuration, configFaults) = configuration(files)
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
            settings.size = size
        }
        switch settings.resolve(name ?? settings.profile ?? "animatic") {
        case .failure(let fault): throw Failure(.usage, fault.message)
        case .success(let profile):
            return ProjectFolder(url: url, files: files, film: film, faults: faults, profile: profile)
        }
    }

    private static func read(_ url: URL) throws(Failure) -> [String: Data] {
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

    private static func configuration(_ files: [String: Data]) -> (Configuration, [ProjectFault]) {
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
        var files = files
        files["voice_map.json"] = Data(map.text.utf8)
        var film = film
        film.voices = map
        return ProjectFolder(url: url, files: files, film: film, faults: faults, profile: profile)
    }

    func reportWarnings() {
        let warnings = faults.filter { $0.weight == .warning }
        for fault in warnings.prefix(12) { Terminal.error(Terminal.harmless(fault.description)) }
        if warnings.count > 12 { Terminal.error("… and \(warnings.count - 12) more warnings") }
    }
}
