/// Where a connection stands; a pure value that says what is to be done about an event.
struct ConnectionState {
    enum Phase: Hashable {
        /// Between requests.
        case idle
        /// A request has begun to come.
        case receiving
        /// The responder has the request.
        case answering
        /// The library sends an answer whose bytes are all there.
        case writing
        /// A body is sent piece by piece.
        case streaming
        /// The last answer has been sent; what the peer still sends is thrown away, so that it can read the answer.
        case lingering
        case closed
    }

    enum Event: Hashable {
        case readable
        /// The peer closed its sending side or all of the connection.
        case peerLeft
        case requestBegan
        case requestWhole
        case answerReady(streams: Bool)
        case answerWritten
        /// A streamed answer ended; it says whether another request can follow.
        case streamEnded(isReusable: Bool)
        /// The request was turned away and the connection's last answer sent.
        case refused
        case deadline
        /// The connection's listener is gone: no requests beyond the one that has begun, or whose bytes are there.
        case retire(hasUnread: Bool)
        /// The server stops: no further requests.
        case drain
        /// The server's time to stop is over: answers end themselves, whole or not.
        case stop
        /// All time is over.
        case cut
        case closed
    }

    enum Action: Hashable {
        case nothing
        /// Let the library read.
        case receive
        /// Hand the request to the responder.
        case answer
        /// Tell the responder that nobody waits, or that it must end.
        case cancel
        case refuse(HTTPRefusal.Reason)
        case refuseAsTooSlow
        /// Read and throw away.
        case discard
        /// Wait for the next request.
        case awaitRequest
        case close
    }

    private(set) var phase = Phase.idle
    private(set) var isPeerGone = false
    private(set) var isDraining = false
    private var isRetired = false
    /// Whether what a cancelled answer still gives is sent.
    private(set) var isStopping = false

    /// Whether no request follows the one that runs.
    var isLast: Bool { isDraining || isRetired }

    mutating func handle(_ event: Event) -> Action {
        switch event {
        case .readable: return read()
        case .peerLeft:
            isPeerGone = true
            switch phase {
            case .answering: return .cancel
            case .streaming: return .close
            default: return read()
            }
        case .requestBegan:
            if phase == .idle { phase = .receiving }
            return .nothing
        case .requestWhole:
            guard phase == .idle || phase == .receiving else { return .nothing }
            if isDraining { return .refuse(.stopping) }
            phase = .answering
            return .answer
        case .answerReady(let streams):
            guard phase == .answering else { return .close }
            phase = streams ? .streaming : .writing
            return .nothing
        case .answerWritten:
            guard phase == .writing else { return .nothing }
            return becomeIdle()
        case .streamEnded(let isReusable):
            guard phase == .streaming else { return .close }
            guard isReusable, !isPeerGone, !isLast else { return .close }
            return becomeIdle()
        case .refused:
            phase = .lingering
            return isPeerGone ? .close : .nothing
        case .deadline: return expire()
        case .retire(let hasUnread):
            isRetired = true
            return phase == .idle && !hasUnread ? .close : .nothing
        case .drain:
            isDraining = true
            switch phase {
            case .idle: return .close
            case .receiving: return .refuse(.stopping)
            case .lingering: return .close
            default: return .nothing
            }
        case .stop: return stop()
        case .cut: return phase == .closed ? .nothing : .close
        case .closed:
            phase = .closed
            return .nothing
        }
    }

    private func read() -> Action {
        switch phase {
        case .idle, .receiving: .receive
        case .lingering: .discard
        case .answering, .writing, .streaming, .closed: .nothing
        }
    }

    private mutating func stop() -> Action {
        isDraining = true
        isStopping = true
        return switch phase {
        case .answering, .streaming: .cancel
        case .receiving: .refuse(.stopping)
        case .idle, .lingering: .close
        case .writing, .closed: .nothing
        }
    }

    private mutating func becomeIdle() -> Action {
        phase = .idle
        return isLast ? .close : .awaitRequest
    }

    private func expire() -> Action {
        switch phase {
        // For an answer that is being sent, a deadline is set only while the peer does not read.
        case .idle, .lingering, .writing, .streaming: .close
        case .receiving: .refuseAsTooSlow
        case .answering, .closed: .nothing
        }
    }
}
