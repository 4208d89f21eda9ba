public import TransportKit

/// Reads a stream of server-sent events, for example a gateway's `/events`, and opens it again when it ends.
///
/// ```swift
/// let request = HTTPRequest(url: "http://127.0.0.1:8317/events?types=*.state")
/// for try await element in ReconnectingEventSource(request) {
///     switch element {
///     case .event(let event): print(event.event ?? "", String(decoding: event.data, as: UTF8.self))
///     case .interrupted(let interruption): print(interruption.reason)
///     default: break
///     }
/// }
/// ```
///
/// After the stream's end it waits for 1, 2, 4, 8 and then always 16 seconds, and names the last event that it has read, so that a server
/// that keeps events sends what was missed (WHATWG HTML, 9.2). Nothing is read ahead. Cancelling the task ends it.
public struct ReconnectingEventSource: AsyncSequence, Sendable {
    /// What happens to a stream.
    @nonexhaustive
    public enum Element: Sendable, Hashable {
        /// The stream is open, for the first time or again.
        case opened
        /// An event came.
        case event(ServerSentEvent)
        /// The stream has ended or cannot be opened; the next element comes after a pause.
        case interrupted(Interruption)
    }

    /// A pause between two streams.
    public struct Interruption: Sendable, Hashable {
        /// Why there is no stream, for people.
        public var reason: String
        /// How many attempts have failed since something was read, this one included; at least 1.
        public var attempts: Int
        /// How long it waits before the next attempt.
        public var delay: Duration
        /// Whether the pauses grow no longer: time to tell whoever waits.
        public var isLasting: Bool

        /// Makes an interruption.
        public init(reason: String, attempts: Int, delay: Duration, isLasting: Bool) {
            self.reason = reason
            self.attempts = attempts
            self.delay = delay
            self.isLasting = isLasting
        }
    }

    /// An answer after which it is of no use to ask again: a key is missing, or there is no such path.
    public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        /// The HTTP status.
        public var status: Int

        /// Makes a refusal.
        public init(status: Int) { self.status = status }

        /// What failed, and what to do.
        public var description: String {
            "the stream of events was refused with status \(status); check its address and the access key"
        }
    }

    /// Why reading fails.
    public typealias Failure = Refusal

    private let request: HTTPRequest
    private let client: HTTPClient
    private let backoff: BackoffPolicy
    private let clock: any Clock<Duration>

    /// Makes a source; nothing is opened before the first element is asked for.
    ///
    /// - Parameters:
    ///   - request: What opens the stream; its limit on the whole time is taken away.
    ///   - client: What sends it.
    ///   - backoff: How long to wait before each further attempt.
    ///   - clock: What waits.
    public init(
        _ request: HTTPRequest,
        client: HTTPClient = HTTPClient(),
        backoff: BackoffPolicy = .sse,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        var request = request
        request.timeouts.total = nil
        request.isStreaming = true
        if request.fields["accept"] == nil { request.fields["accept"] = "text/event-stream" }
        self.request = request
        self.client = client
        self.backoff = backoff
        self.clock = clock
    }

    /// Makes the iterator.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(request: request, client: client, backoff: backoff, clock: clock)
    }

    /// Reads one stream after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum Phase {
            case closed(after: Duration)
            case open
            case ended
        }

        private let request: HTTPRequest
        private let client: HTTPClient
        private let backoff: BackoffPolicy
        private let clock: any Clock<Duration>
        private var phase = Phase.closed(after: .zero)
        private var pieces: HTTPBody.AsyncIterator?
        private var decoder = SSEDecoder()
        private var lastEventID: String?
        private var attempts = 0

        fileprivate init(
            request: HTTPRequest,
            client: HTTPClient,
            backoff: BackoffPolicy,
            clock: any Clock<Duration>
        ) {
            self.request = request
            self.client = client
            self.backoff = backoff
            self.clock = clock
            lastEventID = request.fields["last-event-id"]
        }

        /// What happens next; `nil` when the server wants no more readers, and when the task was cancelled.
        ///
        /// - Throws: ``ReconnectingEventSource/Refusal``.
        public mutating func next() async throws(Refusal) -> Element? {
            try await next(isolation: nil)
        }

        /// What happens next; `nil` when the server wants no more readers, and when the task was cancelled.
        ///
        /// - Throws: ``ReconnectingEventSource/Refusal``.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Refusal) -> Element? {
            while true {
                switch phase {
                case .ended: return nil
                case .closed(let delay):
                    if delay > .zero, (try? await clock.sleep(for: delay)) == nil {
                        phase = .ended
                        return nil
                    }
                    if let element = try await open() { return element }
                case .open:
                    if let element = await read() { return element }
                }
            }
        }

        private mutating func open() async throws(Refusal) -> Element? {
            var request = request
            request.fields["last-event-id"] = lastEventID
            let response: HTTPResponse
            do throws(TransportError) {
                response = try await client.send(request)
            } catch {
                return interrupt(error)
            }
            switch response.status {
            case 200:
                pieces = response.body.makeAsyncIterator()
                decoder = SSEDecoder()
                phase = .open
                return .opened
            case 204:
                // What a server says that wants no more readers (WHATWG HTML, 9.2.3).
                phase = .ended
            case 408, 429, 500...:
                response.body.cancel()
                return interrupt("the server answered \(response.status)")
            default:
                response.body.cancel()
                phase = .ended
                throw Refusal(status: response.status)
            }
            return nil
        }

        private mutating func read() async -> Element? {
            do throws(FramingError) {
                if let event = try decoder.next() {
                    lastEventID = decoder.lastEventID ?? lastEventID
                    return .event(event)
                }
            } catch {
                return interrupt(error.description)
            }
            do throws(TransportError) {
                guard let piece = try await pieces?.next() else { return interrupt("the stream has ended") }
                attempts = 0
                decoder.append(piece)
                return nil
            } catch {
                return interrupt(error)
            }
        }

        private mutating func interrupt(_ error: TransportError) -> Element? {
            guard error.code != .cancelled else {
                phase = .ended
                return nil
            }
            return interrupt(error.message)
        }

        private mutating func interrupt(_ reason: String) -> Element {
            pieces = nil
            attempts += 1
            var generator = SystemRandomNumberGenerator()
            let delay = backoff.delay(forAttempt: attempts, using: &generator)
            phase = .closed(after: delay)
            return .interrupted(
                Interruption(reason: reason, attempts: attempts, delay: delay, isLasting: delay >= backoff.cap)
            )
        }
    }
}
