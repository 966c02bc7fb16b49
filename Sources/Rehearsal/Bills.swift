package import Foundation

/// What the services have billed, read from their ledger as a person would read an account's bills.
package struct Bills: Sendable {
    package let operations: [Operation]
    /// Of whom their caller has asked: it knows of them.
    package let asked: Set<String>

    package init(folder: URL) {
        let ledger = (try? String(contentsOf: folder.appendingPathComponent("ledger.jsonl"), encoding: .utf8)) ?? ""
        operations = ledger.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Operation.self, from: Data($0.utf8))
        }
        let names = (try? String(contentsOf: folder.appendingPathComponent("asked.txt"), encoding: .utf8)) ?? ""
        asked = Set(names.split(separator: "\n").map(String.init))
    }

    package var microUSD: Int64 { operations.reduce(0) { $0 + $1.cost } }

    /// Fates that are billed, or not, and give nothing a film can use: it is bought again, or missing.
    private static let useless: [Fault] = [.moderate, .fail, .frozen, .black, .short]

    /// How far the bill of another day may lie from this one, in millionths of a dollar: two standard deviations, where each
    /// call is bought once more by the chance of a useless fate, and by nothing else.
    /// - Parameter rates: of `Settings`.
    package func spread(rates: [String: Double]) -> Int64 {
        let chance = Self.useless.reduce(0) { $0 + rates[$1.rawValue, default: 0] }
        let squares = operations.reduce(0.0) { $0 + Double($1.cost) * Double($1.cost) }
        return Int64((2 * (chance * (1 - chance) * squares).squareRoot()).rounded())
    }

    /// The same of the time a service with so many places at once takes for all of its calls, in seconds: their latencies are
    /// drawn anew.
    package func spreadSeconds(of backend: String, places: Int) -> Double {
        let waits = operations.filter { $0.backend == backend }.map { Double($0.readyAt - $0.startsAt) / 1_000 }
        guard waits.count > 1, places > 0 else { return 0 }
        let mean = waits.reduce(0, +) / Double(waits.count)
        let squares = waits.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return 2 * squares.squareRoot() / Double(places)
    }

    /// What gave something to fetch and is the same wish as another that did: the same thing, bought again.
    package var boughtAgain: [Operation] {
        var seen: Set<String> = []
        return operations.filter { operation in
            operation.fate == "succeeded" && operation.cost > 0
                && !seen.insert("\(operation.backend) \(operation.account) \(operation.fingerprint)").inserted
        }
    }

    /// How many calls had each trouble.
    package var troubles: [(name: String, count: Int)] {
        var counts: [String: Int] = [:]
        for operation in operations {
            if operation.fate != "succeeded" { counts[operation.fate, default: 0] += 1 }
            if operation.answer != "ok" { counts[operation.answer, default: 0] += 1 }
        }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What a person finds on a service's pages for a call whose answer was lost: by our own name for it where the bill has
    /// it, else among those nobody has asked for by its words, or by its length where it has none.
    package func find(_ service: String, reference: String, words: String, milliseconds: Int = 0) -> Operation? {
        let mine = operations.filter { $0.backend == service }
        return mine.first { $0.reference == reference }
            ?? mine.first {
                !asked.contains($0.id)
                    && (words.isEmpty ? abs($0.milliseconds - milliseconds) <= 50 : $0.prompt.contains(words))
            }
    }

    /// Services whose answer holds what was made: there is nothing to ask for later.
    package static let immediate: Set<String> = ["stability", "openai", "elevenlabs", "azure", "google"]
}
