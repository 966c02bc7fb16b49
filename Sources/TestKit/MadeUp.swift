package import Foundation
package import Protocol
internal import SwiftProtobuf

/// A made-up cluster for screens: the same in every run.
package struct MadeUp: Sendable {
    package var shots: Int
    package var scenes: Int
    package var workers: Int

    package init(shots: Int = 754, scenes: Int = 40, workers: Int = 6) {
        self.shots = shots
        self.scenes = scenes
        self.workers = workers
    }

    package static let epoch = "f-test"
    package static let start: Int64 = 1_764_100_800_000

    package static func key(_ number: Int) -> Data {
        Data((0..<32).map { UInt8(truncatingIfNeeded: $0 < 8 ? number >> (8 * $0) : 7) })
    }

    private static let kinds = ["compose", "animate", "conform", "clip"]

    /// Shot `index` of the film, with names as the planner gives them.
    func place(_ index: Int) -> (scene: Int, number: Int) {
        let perScene = (shots + scenes - 1) / scenes
        return (index / perScene + 1, index % perScene + 1)
    }

    func name(_ index: Int) -> String {
        let (scene, number) = place(index)
        return "s" + String(format: "%03d_%03d", scene, number)
    }

    package func row(_ number: Int, phase: String) -> TaskRow {
        let index = number / 4
        return .with {
            $0.key = Self.key(number)
            $0.kind = Self.kinds[number % 4]
            $0.label = "\(name(index))/\($0.kind)"
            $0.backend = $0.kind == "animate" ? "metered@studio-b" : "local"
            $0.role = $0.kind == "animate" ? "api" : $0.kind == "compose" ? "gpu" : "media"
            $0.phase = phase
            $0.expectedMilliseconds = 2_000
            if phase == "running" {
                $0.worker = "w-\(index % workers)"
                $0.attempt = 1
                $0.since = Self.start - Int64(index % 50) * 1_000
            }
            if phase == "done" {
                $0.attempt = 1
                $0.digest = Self.key(number + 1_000_000)
                $0.since = Self.start - 1
                $0.tookMilliseconds = 1_500
                $0.costMicroUsd = $0.kind == "animate" ? 350_000 : 0
            }
            if phase == "failed" {
                $0.attempt = 3
                $0.faultClass = "rejected"
                $0.fault = "the provider's policy refuses \u{1B}[31mthe prompt 漢字: “knife”"
                $0.since = Self.start - 5_000
            }
        }
    }

    /// How far each shot is: the first half is finished, then every stage there is.
    package func phase(_ index: Int, _ kind: Int) -> String {
        if index == shots / 2 + 3 { return kind == 1 ? "failed" : kind < 1 ? "done" : "waiting" }
        let level = index < shots / 2 ? 8 : max(0, 8 - (index - shots / 2) * 16 / shots)
        return level > kind * 2 + 1 ? "done" : level == kind * 2 + 1 ? "running" : "waiting"
    }

    package var snapshot: WatchAnswer {
        .with { answer in
            answer.epoch = Self.epoch
            answer.sequence = 1
            answer.snapshot = true
            answer.parts = 1
            answer.atMilliseconds = Self.start
            answer.clusterID = "k-test"
            answer.jobs = [
                .with { job in
                    job.job = "j-lastferry"
                    job.name = "The Last Ferry to Brill"
                    job.state = "running"
                    job.submittedAt = Self.start - 3_600_000
                    job.reservedMicroUsd = 4_200_000
                    job.spentMicroUsd = 131_950_000
                    job.budgetMicroUsd = 200_000_000
                    job.nodes = (0..<shots * 4).map { number in
                        .with {
                            let (scene, shot) = place(number / 4)
                            $0.name = "\(name(number / 4))/\(Self.kinds[number % 4])"
                            $0.key = Self.key(number)
                            $0.scene = UInt32(scene)
                            $0.shot = UInt32(shot)
                            $0.filmMilliseconds = number % 4 == 3 ? 9_000 : 0
                        }
                    }
                }
            ]
            answer.tasks = (0..<shots * 4).map { row($0, phase: phase($0 / 4, $0 % 4)) }
            answer.workers = (0..<workers).map { worker($0) }
            answer.gates = [
                .with {
                    $0.id = "metered@studio-b/metered-lite"
                    $0.inUse = 5
                    $0.concurrency = 5
                    $0.waiting = 31
                    $0.minuteUsed = 12
                    $0.minuteLimit = 60
                    $0.spentMicroUsd = 131_950_000
                    $0.breaker = "closed"
                    $0.putOff = 3
                }
            ]
            answer.events = (0..<5).map { number in
                .with {
                    $0.atMilliseconds = Self.start - Int64(5 - number) * 60_000
                    $0.text = "worker number \(number) joined with media 2"
                    $0.worker = "w-\(number)"
                }
            }
            answer.entries = [
                .with {
                    $0.atMilliseconds = Self.start - 30_000
                    $0.event = "settled"
                    $0.amountMicroUsd = 350_000
                    $0.label = "s001_001/animate"
                    $0.provider = "metered"
                    $0.intent = "sf-0102030405-1"
                }
            ]
        }
    }

    package func worker(_ index: Int) -> WorkerRow {
        .with {
            $0.worker = "w-\(index)"
            $0.name = index == 2 ? "render 北京 \u{1B}]0;owned\u{07}" : "render-\(index)"
            $0.state = index == 1 ? "suspect" : "active"
            $0.slots = [SlotBody(.gpu, 1), SlotBody(.media, 2), SlotBody(.api, 4)]
            $0.used = [SlotBody(.media, index % 3)]
            $0.lastSeen = Self.start - (index == 1 ? 21_000 : 400)
            $0.speed = [SlotBody(.media, 100 - index * 10)]
            $0.blocked = index == 3 ? ["conform for 4 min: no space left on device"] : []
            $0.facts = [FactBody("load", "1.\(index)"), FactBody("cache_mb", "\(index * 700)")]
        }
    }

    package func change(_ sequence: UInt64, _ rows: [TaskRow]) -> WatchAnswer {
        .with {
            $0.epoch = Self.epoch
            $0.sequence = sequence
            $0.atMilliseconds = Self.start + Int64(sequence) * 100
            $0.tasks = rows
        }
    }
}
