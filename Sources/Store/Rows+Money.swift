internal import Foundation
internal import GRDB
internal import Protocol
internal import Scheduling

/// Purchases, accounts and the ledger.
extension Rows {
    static func save(_ purchase: Purchase, of key: Data, _ db: Database) throws {
        var step = "intended"
        var operation: String?
        var reason: String?
        var wasLookedUp = false
        switch purchase.step {
        case .intended: break
        case .sending: step = "sending"
        case .running(let name): (step, operation) = ("running", name)
        case .doubtful(let why, let looked): (step, reason, wasLookedUp) = ("doubtful", why, looked)
        }
        try run(
            db,
            """
            INSERT INTO purchase (task, intent, payer, ceiling, provider, model, gate, day, step, operation, reason,
            looked_up, terms, settled, account) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                key, purchase.intent, purchase.payer.rawValue, purchase.ceiling.amount, purchase.provider,
                purchase.model, purchase.gate?.rawValue, purchase.day, step, operation, reason, wasLookedUp,
                purchase.terms, purchase.isSettled, purchase.account,
            ])
    }

    static func loadPurchases(_ db: Database) throws -> [Data: Purchase] {
        var purchases: [Data: Purchase] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT * FROM purchase") {
            guard let payer = JobID(validating: row["payer"]) else { throw damaged("a purchase's payer") }
            let step: Purchase.Step
            switch row["step"] as String {
            case "intended": step = .intended
            case "sending": step = .sending
            case "running": step = .running(operation: row["operation"])
            case "doubtful": step = .doubtful(reason: row["reason"] ?? "", wasLookedUp: row["looked_up"])
            default: throw damaged("a purchase's step")
            }
            purchases[row["task"]] = Purchase(
                intent: row["intent"], payer: payer, ceiling: MicroUSD(row["ceiling"]), provider: row["provider"],
                model: row["model"], account: row["account"],
                gate: (row["gate"] as String?).flatMap { GateID(validating: $0) }, day: row["day"],
                terms: row["terms"], step: step, isSettled: row["settled"])
        }
        return purchases
    }

    static func save(_ account: Account, _ scope: Scope, _ db: Database) throws {
        try run(
            db,
            """
            INSERT INTO account (scope, reserved, spent, cap) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
            reserved = excluded.reserved, spent = excluded.spent, cap = excluded.cap
            """, ["\(scope)", account.reserved.amount, account.spent.amount, account.cap?.amount])
    }

    static func loadAccounts(_ db: Database) throws -> [Scope: Account] {
        var accounts: [Scope: Account] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT * FROM account") {
            guard let scope = Scope(row["scope"] as String) else { throw damaged("an account's scope") }
            accounts[scope] = Account(
                reserved: MicroUSD(row["reserved"]), spent: MicroUSD(row["spent"]),
                cap: (row["cap"] as Int64?).map { MicroUSD($0) })
        }
        return accounts
    }

    static func save(_ line: LedgerLine, _ db: Database) throws {
        try run(
            db,
            """
            INSERT INTO ledger (at, kind, task, intent, job, provider, amount, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                line.at.milliseconds, line.kind.rawValue, line.task.data, line.intent, line.job.rawValue, line.provider,
                line.amount.amount, line.note,
            ])
    }

    static func ledgerLine(_ row: Row) throws -> LedgerLine {
        guard let kind = LedgerLine.Kind(rawValue: row["kind"]), let task = Digest(bytes: row["task"] as Data),
            let job = JobID(validating: row["job"])
        else { throw damaged("a line of the ledger") }
        return LedgerLine(
            at: Instant(milliseconds: row["at"]), kind: kind, task: task, intent: row["intent"], job: job,
            provider: row["provider"], amount: MicroUSD(row["amount"]), note: row["note"])
    }
}
