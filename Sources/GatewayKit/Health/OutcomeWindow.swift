/// Counts of good and bad outcomes in the last minute, in a memory of fixed size.
struct OutcomeWindow: Sendable, Hashable {
    private struct Slot: Sendable, Hashable {
        var number: Int64 = -1
        var successes = 0
        var failures = 0
    }

    private static let slotSeconds: Int64 = 5

    private var slots = [Slot](repeating: Slot(), count: 12)

    /// Counts an outcome.
    mutating func add(isSuccess: Bool, at time: Duration) {
        let number = Self.number(at: time)
        let index = Int(number % Int64(slots.count))
        if slots[index].number != number { slots[index] = Slot(number: number) }
        if isSuccess { slots[index].successes += 1 } else { slots[index].failures += 1 }
    }

    /// What was counted in the minute before a time.
    func counts(at time: Duration) -> (successes: Int, failures: Int) {
        let number = Self.number(at: time)
        var result = (successes: 0, failures: 0)
        for slot in slots where slot.number >= 0 && slot.number > number - Int64(slots.count) {
            result.successes += slot.successes
            result.failures += slot.failures
        }
        return result
    }

    private static func number(at time: Duration) -> Int64 { max(0, time.components.seconds) / slotSeconds }
}
