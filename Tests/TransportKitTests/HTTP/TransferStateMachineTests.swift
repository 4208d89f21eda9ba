import Testing

@testable import TransportKit

@Suite
struct TransferStateMachineTests {
    typealias Machine = TransferStateMachine

    static let timeouts = Timeouts(
        connect: .seconds(5),
        firstByte: .seconds(60),
        idle: .seconds(30),
        total: .seconds(600)
    )

    static func at(_ seconds: Int64) -> LoopInstant { LoopInstant(nanoseconds: seconds * 1_000_000_000) }

    static func machine(
        limit: Int? = nil,
        isRepeatable: Bool = false,
        timeouts: Timeouts = timeouts,
        end: LoopInstant? = nil
    ) -> Machine {
        Machine(timeouts: timeouts, bodyLimit: limit, isRepeatable: isRepeatable, start: at(0), end: end)
    }

    /// A machine in a state, entered at second 10 (second 0 for `connecting`).
    static func machine(in state: Machine.State, isRepeatable: Bool = false) -> Machine {
        var machine = machine(isRepeatable: isRepeatable)
        switch state {
        case .connecting: break
        case .sending: _ = machine.connected(hasBody: true, hasSentBytes: false, at: at(10))
        case .waiting: _ = machine.connected(hasBody: false, hasSentBytes: false, at: at(10))
        case .receiving:
            _ = machine.connected(hasBody: false, hasSentBytes: false, at: at(1))
            _ = machine.receivedHead()
            _ = machine.receivedPiece(1, hasRoom: true, at: at(10))
        case .ended: _ = machine.ended()
        }
        return machine
    }

    static let states: [Machine.State] = [.connecting, .sending, .waiting, .receiving, .ended]

    @Test(arguments: zip(states, [(5, "connect"), (40, "idle"), (70, "first_byte"), (40, "idle"), nil]))
    func eachStateHasItsOwnLimit(_ state: Machine.State, _ expected: (seconds: Int, phase: String)?) {
        let machine = Self.machine(in: state)
        #expect(machine.state == state)
        #expect(machine.deadline?.at == expected.map { Self.at(Int64($0.seconds)) })
        #expect(machine.deadline?.phase.rawValue == expected?.phase)
        guard let expected, let phase = machine.deadline?.phase else {
            #expect(machine.timerFired(at: Self.at(10_000)) == .none)
            return
        }
        let due = Int64(expected.seconds)
        #expect(machine.timerFired(at: Self.at(due - 1)) == .wait(until: Self.at(due)))
        #expect(machine.timerFired(at: Self.at(due)) == .fail(phase))
    }

    @Test func totalLimitCutsTheOthersAndIsNotBegunAnewByARedirect() {
        let short = Timeouts(connect: .seconds(5), firstByte: .seconds(60), idle: .seconds(30), total: .seconds(20))
        var machine = Self.machine(timeouts: short)
        #expect(machine.deadline?.phase == .connect)
        _ = machine.connected(hasBody: false, hasSentBytes: false, at: Self.at(1))
        #expect(machine.deadline?.phase == .total)
        #expect(machine.timerFired(at: Self.at(20)) == .fail(.total))
        let redirected = Self.machine(timeouts: short, end: Self.at(3))
        #expect(redirected.deadline?.at == Self.at(3))
        #expect(redirected.deadline?.phase == .total)
    }

    @Test func withoutLimitsThereIsNoDeadline() {
        var machine = Self.machine(timeouts: Timeouts(connect: nil, firstByte: nil, idle: nil, total: nil))
        #expect(machine.deadline == nil)
        _ = machine.connected(hasBody: true, hasSentBytes: false, at: Self.at(1))
        #expect(machine.deadline == nil)
        machine.sentAll(at: Self.at(2))
        #expect(machine.deadline == nil)
        _ = machine.receivedPiece(1, hasRoom: true, at: Self.at(3))
        #expect(machine.deadline == nil)
    }

    @Test func piecesMoveTheIdleLimit() {
        var machine = Self.machine(in: .receiving)
        for second in stride(from: Int64(20), through: 200, by: 20) {
            expect(machine.receivedPiece(10, hasRoom: true, at: Self.at(second)), .accept)
            #expect(machine.deadline?.at == Self.at(second + 30))
        }
    }

    @Test func timeInWhichTheReaderHoldsBackDoesNotCount() {
        var machine = Self.machine(in: .receiving)
        expect(machine.receivedPiece(10, hasRoom: false, at: Self.at(20)), .pause)
        #expect(machine.isPaused)
        #expect(machine.deadline?.phase == .total)
        #expect(machine.timerFired(at: Self.at(300)) == .wait(until: Self.at(600)))
        expect(machine.drained(at: Self.at(300)), true)
        expect(machine.drained(at: Self.at(300)), false)
        #expect(machine.deadline?.at == Self.at(330))
        #expect(machine.deadline?.phase == .idle)
    }

    @Test func timeInWhichTheRequestsSourceIsSlowDoesNotCount() {
        var machine = Self.machine(in: .sending)
        machine.sourceRanDry()
        #expect(machine.deadline?.phase == .total)
        machine.sentPiece(at: Self.at(100))
        #expect(machine.deadline?.at == Self.at(130))
        machine.sentAll(at: Self.at(110))
        #expect(machine.deadline?.at == Self.at(170))
        #expect(machine.deadline?.phase == .firstByte)
    }

    @Test func firstByteLimitGoesOnAfterTheHead() {
        var machine = Self.machine(in: .waiting)
        expect(machine.receivedHead(), true)
        expect(machine.receivedHead(), false)
        #expect(machine.deadline?.phase == .firstByte)
    }

    @Test func refusedPieceCountsOnceAgainstTheSizeLimit() {
        var machine = Self.machine(limit: 10)
        _ = machine.connected(hasBody: false, hasSentBytes: false, at: Self.at(1))
        expect(machine.receivedPiece(6, hasRoom: true, at: Self.at(1)), .accept)
        expect(machine.receivedPiece(4, hasRoom: false, at: Self.at(1)), .pause)
        expect(machine.drained(at: Self.at(2)), true)
        expect(machine.receivedPiece(4, hasRoom: true, at: Self.at(2)), .accept)
        expect(machine.receivedPiece(1, hasRoom: true, at: Self.at(2)), .fail(.tooLarge))
    }

    @Test(arguments: [
        // state, repeatable, bytes had gone out, expected
        (Machine.State.connecting, false, false, Machine.SendAction.send),
        (.waiting, false, false, .send),
        (.waiting, false, true, .refuseToRepeat),
        (.waiting, true, true, .send),
        (.sending, false, true, .refuseToRepeat),
        (.receiving, true, true, .refuseToRepeat),
        (.ended, true, false, .abort),
    ])
    func requestIsSentAgainOnlyWhereThatDoesNoHarm(
        _ state: Machine.State,
        _ isRepeatable: Bool,
        _ hasSentBytes: Bool,
        _ expected: Machine.SendAction
    ) {
        var machine = Self.machine(in: state, isRepeatable: isRepeatable)
        expect(machine.connected(hasBody: false, hasSentBytes: hasSentBytes, at: Self.at(20)), expected)
    }

    @Test func requestIsNotRepeatedOnceAnAnswerHasBegun() {
        var machine = Self.machine(in: .waiting, isRepeatable: true)
        _ = machine.receivedHead()
        expect(machine.connected(hasBody: false, hasSentBytes: true, at: Self.at(20)), .refuseToRepeat)
    }

    @Test(arguments: states)
    func endsOnceAndNothingHappensAfter(_ state: Machine.State) {
        var machine = Self.machine(in: state)
        expect(machine.ended(), (state != .ended))
        expect(machine.ended(), false)
        expect(machine.receivedHead(), false)
        expect(machine.receivedPiece(1, hasRoom: true, at: Self.at(1)), .abort)
        expect(machine.drained(at: Self.at(1)), false)
        machine.sentAll(at: Self.at(1))
        #expect(machine.state == .ended)
        #expect(machine.deadline == nil)
    }
}

/// Takes the result of a call that changes its value, which `#expect` itself cannot.
private func expect<Value: Equatable>(
    _ value: Value,
    _ expected: Value,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(value == expected, sourceLocation: sourceLocation)
}
