import Gateway
import TestKit
import Testing

@Suite("Turns of transfers")
struct TransferTurnsTests {
    /// A desk that notes what it answers.
    private struct Desk {
        var turns: TransferTurns
        var number: UInt64 = 0

        mutating func ask(_ peers: String...) -> [Bool] {
            peers.map { peer in
                number += 1
                return turns.ask(peer, number)
            }
        }
    }

    @Test func oneMachineCannotTakeAllPlaces() {
        var desk = Desk(turns: TransferTurns(most: 4, perPeer: 2))
        let answers = desk.ask("greedy", "greedy", "greedy", "greedy", "modest")
        #expect(answers == [true, true, false, false, true], "there is room for others")
        let next = desk.turns.ended("greedy")
        #expect(next == [3])
        #expect(desk.turns.active == ["greedy": 2, "modest": 1])
    }

    @Test func aFreePlaceGoesToWhoHasFewest() {
        var desk = Desk(turns: TransferTurns(most: 2, perPeer: 2))
        let answers = desk.ask("greedy", "greedy", "greedy", "late")
        #expect(answers == [true, true, false, false])
        var next = desk.turns.ended("greedy")
        #expect(next == [4], "though the other has waited longer")
        next = desk.turns.ended("late")
        #expect(next == [3])
    }

    @Test func whoGaveUpIsNotServed() {
        var desk = Desk(turns: TransferTurns(most: 1, perPeer: 1))
        let answers = desk.ask("a", "b", "c")
        #expect(answers == [true, false, false])
        desk.turns.forget("b", 2)
        var next = desk.turns.ended("a")
        #expect(next == [3])
        next = desk.turns.ended("c")
        #expect(next.isEmpty && desk.turns.active.isEmpty)
    }

    /// Whatever the order: never too many, nobody forgotten, and the shares of machines that always want differ by one.
    @Test(arguments: 0..<50 as Range<UInt64>) func limitsHoldAndNobodyStarves(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var turns = TransferTurns(most: 6, perPeer: 3)
        var running: [String: Int] = [:]
        var names: [UInt64: String] = [:]
        var served: Set<UInt64> = []
        for number in 1...300 as ClosedRange<UInt64> {
            let peer = "p\(Int.random(in: 0..<5, using: &generator))"
            names[number] = peer
            if turns.ask(peer, number) {
                running[peer, default: 0] += 1
                served.insert(number)
            }
            if Bool.random(using: &generator), let peer = running.filter({ $0.value > 0 }).keys.sorted().first {
                running[peer, default: 0] -= 1
                for next in turns.ended(peer) {
                    running[names[next] ?? "", default: 0] += 1
                    served.insert(next)
                }
            }
            #expect(running.values.allSatisfy { $0 <= 3 } && running.values.reduce(0, +) <= 6)
        }
        while let peer = running.filter({ $0.value > 0 }).keys.sorted().first {
            running[peer, default: 0] -= 1
            for next in turns.ended(peer) {
                running[names[next] ?? "", default: 0] += 1
                served.insert(next)
            }
        }
        #expect(served.count == 300)
    }
}
