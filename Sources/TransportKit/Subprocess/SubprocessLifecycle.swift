/// How a child process is brought to its end: its input is closed, then it is asked, then it is killed.
///
/// It is pure: what is to be done comes back as actions. Signals go to its whole group.
struct SubprocessLifecycle: Sendable {
    /// How long each step may take.
    struct Grace: Sendable, Hashable {
        /// To write what is still to be written to its input.
        var flush = Duration.milliseconds(500)
        /// From the end of its input to the request to end.
        var afterInput = Duration.seconds(2)
        /// From there to the kill.
        var afterRequest = Duration.seconds(2)
        /// From there until it is given up: a process in the middle of a system call cannot be killed.
        var afterKill = Duration.seconds(2)
    }

    enum State: Sendable, Hashable {
        case running
        case flushing
        case inputClosed
        case asked
        case killed
        case ended
    }

    enum Action: Sendable, Hashable {
        case closeInput
        /// SIGTERM to the group.
        case ask
        /// SIGKILL to the group.
        case kill
        /// Start the timer, in place of one that runs.
        case startTimer(Duration)
        case stopTimer
        /// The process does not end; nobody waits for it any longer.
        case giveUp
    }

    let grace = Grace()
    private(set) var state = State.running

    /// The process is to end, in order.
    mutating func end(hasBacklog: Bool) -> [Action] {
        guard state == .running else { return [] }
        guard hasBacklog else { return closeInput() }
        state = .flushing
        return [.startTimer(grace.flush)]
    }

    /// All input has been written.
    mutating func flushed() -> [Action] {
        state == .flushing ? closeInput() : []
    }

    /// The process is to end at once.
    mutating func kill() -> [Action] {
        guard state != .killed, state != .ended else { return [] }
        state = .killed
        return [.kill, .startTimer(grace.afterKill)]
    }

    /// The time of the current step is over.
    mutating func timeIsUp() -> [Action] {
        switch state {
        case .flushing: return closeInput()
        case .inputClosed:
            state = .asked
            return [.ask, .startTimer(grace.afterRequest)]
        case .asked: return kill()
        case .killed:
            state = .ended
            return [.giveUp]
        case .running, .ended: return []
        }
    }

    /// The process has ended.
    mutating func exited() -> [Action] {
        guard state != .ended else { return [] }
        state = .ended
        return [.stopTimer]
    }

    private mutating func closeInput() -> [Action] {
        state = .inputClosed
        return [.closeInput, .startTimer(grace.afterInput)]
    }
}
