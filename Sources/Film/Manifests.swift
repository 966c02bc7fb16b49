/// The manifests a render leaves in the project (`formats.md` 7, 8). Reading is tolerant, writing keeps every key it
/// does not know and every entry it does not touch.
package struct Manifest: Sendable, Equatable {
    package private(set) var json: JSON

    package static let assets = "visual_bible_manifest.json"
    package static let shots = "shot_manifest.json"

    /// Reads a manifest; an absent or broken one starts anew (it holds nothing that is not elsewhere).
    package init(text: [UInt8]?) {
        if let text, let json = try? JSON(text: text), json.members != nil {
            self.json = json
        } else {
            json = .object([])
        }
    }

    package var text: String { json.text }

    /// Sets the given members of one entry and leaves the entry's others.
    /// - Parameter path: `["s001_001"]`, or `["settings", "ferry_deck"]`.
    package mutating func set(_ members: [JSON.Member], at path: [String]) {
        json = Self.setting(members, in: json, at: path[...])
    }

    private static func setting(_ members: [JSON.Member], in json: JSON, at path: ArraySlice<String>) -> JSON {
        var json = json.members == nil ? .object([]) : json
        guard let first = path.first else {
            for member in members { json[member.name] = member.value }
            return json
        }
        json[first] = setting(members, in: json[first] ?? .object([]), at: path.dropFirst())
        return json
    }
}
