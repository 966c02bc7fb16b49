internal import Foundation
internal import GRDB
internal import Protocol
internal import Scheduling

/// Gates: their limits and what they have let through.
extension Rows {
    static func save(_ gate: GateRecord, _ db: Database) throws {
        try run(
            db,
            """
            INSERT INTO gate (id, concurrency, paused_until, reason, per_minute, per_day, spend_limit, by_hand, recent,
            day, day_count, reserved, spent, faults, broken_until, put_off)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
            concurrency = excluded.concurrency, paused_until = excluded.paused_until, reason = excluded.reason,
            per_minute = excluded.per_minute, per_day = excluded.per_day, spend_limit = excluded.spend_limit,
            by_hand = excluded.by_hand, recent = excluded.recent, day = excluded.day, day_count = excluded.day_count,
            reserved = excluded.reserved, spent = excluded.spent, faults = excluded.faults,
            broken_until = excluded.broken_until, put_off = excluded.put_off
            """,
            [
                gate.id.rawValue, gate.limits.concurrency, gate.pausedUntil?.milliseconds, gate.reason,
                gate.limits.perMinute, gate.limits.perDay, gate.limits.spend?.amount, gate.isSetByHand,
                packed(gate.recent), gate.day, gate.dayCount, gate.reserved.amount, gate.spent.amount, gate.faults,
                gate.brokenUntil?.milliseconds, gate.putOff,
            ])
    }

    static func loadGates(_ db: Database) throws -> [GateRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM gate ORDER BY id").map { row in
            guard let id = GateID(validating: row["id"]) else { throw damaged("a gate's name") }
            var gate = GateRecord(
                id: id,
                limits: GateLimits(
                    concurrency: row["concurrency"], perMinute: row["per_minute"], perDay: row["per_day"],
                    spend: (row["spend_limit"] as Int64?).map { MicroUSD($0) }))
            gate.isSetByHand = row["by_hand"]
            gate.pausedUntil = instant(row["paused_until"])
            gate.reason = row["reason"]
            gate.recent = try unpacked(row["recent"])
            gate.day = row["day"]
            gate.dayCount = row["day_count"]
            gate.reserved = MicroUSD(row["reserved"])
            gate.spent = MicroUSD(row["spent"])
            gate.faults = row["faults"]
            gate.brokenUntil = instant(row["broken_until"])
            gate.putOff = row["put_off"]
            return gate
        }
    }

    /// Eight bytes each, milliseconds since 1970, most significant first.
    private static func packed(_ instants: [Instant]) -> Data {
        var data = Data(capacity: instants.count * 8)
        for instant in instants { withUnsafeBytes(of: instant.milliseconds.bigEndian) { data.append(contentsOf: $0) } }
        return data
    }

    private static func unpacked(_ data: Data) throws -> [Instant] {
        guard data.count % 8 == 0 else { throw damaged("a gate's calls") }
        return stride(from: 0, to: data.count, by: 8).map { start in
            let bytes = data.dropFirst(start).prefix(8)
            return Instant(milliseconds: bytes.reduce(Int64(0)) { $0 << 8 | Int64($1) })
        }
    }
}
