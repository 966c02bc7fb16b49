internal import Protocol

/// FCPXML 1.10: one spine of clips with transitions, sounds as connected clips by role, chapters as markers.
extension Edit {
    /// - Parameter root: where the project's files lie, as a `file://` address that ends with a slash.
    package func fcpxml(root: String) -> String {
        var xml = XMLWriter()
        xml.open("fcpxml", [("version", "1.10")])
        xml.open("resources")
        xml.leaf(
            "format",
            [
                ("id", "r1"), ("frameDuration", "\(fps.per * 100)/\(fps.frames * 100)s"), ("width", "\(width)"),
                ("height", "\(height)"), ("colorSpace", "1-1-1 (Rec. 709)"),
            ])
        xml.leaf(
            "effect",
            [("id", "r2"), ("name", "Cross Dissolve"), ("uid", "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265")])
        xml.leaf("effect", [("id", "r3"), ("name", "Wipe"), ("uid", "FxPlug:7E7F86A6-9D4F-4C3F-8F3B-5E1B6B2A1E0A")])
        assets(&xml, root)
        xml.close("resources")
        xml.open("library")
        xml.open("event", [("name", title)])
        xml.open("project", [("name", title)])
        xml.open(
            "sequence",
            [
                ("format", "r1"), ("duration", time(frames)), ("tcStart", time(fps.nominal * 3_600)),
                ("tcFormat", "NDF"),
                ("audioLayout", "stereo"), ("audioRate", "48k"),
            ])
        xml.open("spine")
        for (index, event) in events.enumerated() { write(event, index, &xml) }
        for name in ["spine", "sequence", "project", "event", "library", "fcpxml"] { xml.close(name) }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE fcpxml>\n" + xml.text
    }

    /// Seconds as a fraction whose numerator is whole frames.
    private func time(_ frames: Int) -> String { frames == 0 ? "0s" : "\(frames * fps.per)/\(fps.frames)s" }

    private func assets(_ xml: inout XMLWriter, _ root: String) {
        for (index, event) in events.enumerated() {
            guard let media = event.media.first(where: { $0.key == event.active }), let path = media.path else {
                continue
            }
            asset(
                &xml, "v\(index)", event.name, root + path,
                [
                    ("hasVideo", "1"), ("format", "r1"), ("hasAudio", "1"), ("audioSources", "1"),
                    ("audioChannels", "2"),
                ],
                media.available)
        }
        for (index, sound) in sounds.enumerated() {
            asset(
                &xml, "a\(index)", sound.name, root + sound.path,
                [("hasAudio", "1"), ("audioSources", "1"), ("audioChannels", "2"), ("audioRate", "48000")], sound.frames
            )
        }
    }

    private func asset(
        _ xml: inout XMLWriter, _ id: String, _ name: String, _ address: String, _ more: [(String, String)],
        _ count: Int
    ) {
        xml.open("asset", [("id", id), ("name", name), ("start", "0s"), ("duration", time(count))] + more)
        xml.leaf("media-rep", [("kind", "original-media"), ("src", Self.escapedAddress(address))])
        xml.close("asset")
    }

    private func write(_ event: Event, _ index: Int, _ xml: inout XMLWriter) {
        let head = event.before.shared / 2
        let tail = event.after.shared - event.after.shared / 2
        let at = event.start + head
        if case .black(let count) = event.before { fade(at, count, "Fade In", &xml) }
        let media = event.media.first { $0.key == event.active }
        let source = (media?.first ?? 0) + head
        let shared = [("name", event.name), ("offset", time(at)), ("duration", time(event.frames - head - tail))]
        let isThere = media?.path != nil
        if isThere {
            xml.open(
                "asset-clip",
                [("ref", "v\(index)")] + shared + [
                    ("start", time(source)), ("format", "r1"), ("audioRole", "dialogue"), ("srcEnable", "video"),
                ])
        } else {
            xml.open("gap", shared + [("start", time(source))])
        }
        connected(event, index, source: source, from: at, &xml)
        for mark in chapters where (at..<at + event.frames - head - tail).contains(mark.at) {
            xml.leaf(
                "chapter-marker",
                [
                    ("start", time(source + mark.at - at)), ("duration", time(1)), ("value", mark.title),
                    ("posterOffset", "0s"),
                ])
        }
        if isThere, !event.note.prompt.isEmpty {
            xml.leaf(
                "marker",
                [("start", time(source)), ("duration", time(1)), ("value", String(event.note.prompt.prefix(200)))])
        }
        xml.close(isThere ? "asset-clip" : "gap")
        switch event.after {
        case .cut: break
        case .dissolve(let count): transition(event.end - count, count, "Cross Dissolve", "r2", &xml)
        case .wipe(let count): transition(event.end - count, count, "Wipe", "r3", &xml)
        case .black(let count): fade(event.end - count, count, "Fade Out", &xml)
        }
    }

    /// Sounds that begin while a clip is shown hang from it.
    private func connected(_ event: Event, _ index: Int, source: Int, from at: Int, _ xml: inout XMLWriter) {
        let end = index + 1 < events.count ? events[index + 1].start + events[index + 1].before.shared / 2 : Int.max
        for (number, sound) in sounds.enumerated() where (at..<end).contains(sound.start) && sound.frames > 0 {
            xml.leaf(
                "asset-clip",
                [
                    ("ref", "a\(number)"), ("name", sound.name), ("lane", sound.role == .dialogue ? "-1" : "-2"),
                    ("offset", time(source + sound.start - at)), ("duration", time(sound.frames)), ("start", "0s"),
                    ("audioRole", sound.role.rawValue),
                ])
        }
    }

    private func transition(_ at: Int, _ count: Int, _ name: String, _ effect: String, _ xml: inout XMLWriter) {
        xml.open("transition", [("name", name), ("offset", time(at)), ("duration", time(count))])
        xml.leaf("filter-video", [("ref", effect), ("name", name)])
        xml.close("transition")
    }

    private func fade(_ at: Int, _ count: Int, _ name: String, _ xml: inout XMLWriter) {
        transition(at, count, name, "r2", &xml)
    }

    private static func escapedAddress(_ address: String) -> String {
        var out = ""
        for byte in address.utf8 {
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80,
                scalar.properties.isAlphabetic || (0x30...0x39).contains(byte)
                    || "-_.~/:".unicodeScalars.contains(scalar)
            {
                out.unicodeScalars.append(scalar)
            } else {
                let digits = Array("0123456789ABCDEF")
                out += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return out
    }
}

/// Writes elements: attributes escaped, what XML cannot hold left out.
private struct XMLWriter {
    private(set) var text = ""
    private var depth = 0

    mutating func open(_ name: String, _ attributes: [(String, String)] = []) {
        line("<\(name)\(Self.words(attributes))>")
        depth += 1
    }

    mutating func leaf(_ name: String, _ attributes: [(String, String)] = []) {
        line("<\(name)\(Self.words(attributes))/>")
    }

    mutating func close(_ name: String) {
        depth -= 1
        line("</\(name)>")
    }

    private mutating func line(_ words: String) { text += String(repeating: "  ", count: depth) + words + "\n" }

    private static func words(_ attributes: [(String, String)]) -> String {
        attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\n", "\t", "\r": out += " "
            case "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                out.unicodeScalars.append(scalar)
            default: break
            }
        }
        return out
    }
}
