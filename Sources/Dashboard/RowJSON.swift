internal import Foundation
package import SwiftProtobuf

/// A row as JSON: names as on the wire, keys and digests in hexadecimal.
package enum RowJSON {
    package static func text(_ row: some Message) -> String {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.alwaysPrintInt64sAsNumbers = true
        options.useDeterministicOrdering = true
        let text = (try? row.jsonString(options: options)) ?? "{}"
        return hexed(text)
    }

    /// Protobuf writes bytes in base64, which nothing else of ours does.
    private static func hexed(_ text: String) -> String {
        var text = text
        for name in ["key", "digest"] {
            let mark = "\"\(name)\":\""
            guard let range = text.range(of: mark), let end = text[range.upperBound...].firstIndex(of: "\""),
                let data = Data(base64Encoded: String(text[range.upperBound..<end]))
            else { continue }
            text.replaceSubrange(range.upperBound..<end, with: TableID.text(of: data))
        }
        return text
    }

    /// One member a line.
    static func lines(_ text: String) -> [String] {
        guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8)),
            let data = try? JSONSerialization.data(
                withJSONObject: value, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        else { return [text] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
