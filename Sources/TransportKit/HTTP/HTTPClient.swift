/// Sends HTTP requests through libcurl on event loops.
///
/// One call sends one request. The one exception: when a kept connection turns out to be closed before any byte of the
/// request went out, or under a method that may be repeated (`GET`, `HEAD`, `OPTIONS`, `PUT`, `DELETE`), a new connection
/// is tried; any other request then fails with code `closed`, as its server may have acted upon it.
///
/// A caller that is on one of the client's loops stays there. Bodies are read as they are asked for: at most 64 KiB and
/// one read more are buffered before the peer is held back. Releasing the client lets requests in flight finish.
public final class HTTPClient: HTTPTransport {
    /// How the client connects.
    public let configuration: Configuration

    private let drivers = Locked<[Int: LoopBound<CurlDriver>]>([:])
    private let figures = TransferFigures()

    /// Makes a client; nothing is opened before the first request.
    ///
    /// - Parameter configuration: How to connect.
    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    deinit {
        for driver in drivers.withLock({ $0.values.map { $0 } }) {
            driver.loop.perform { driver.value.retire() }
        }
    }

    /// Figures of connections and requests.
    public var statistics: Statistics { figures.statistics }

    /// Sends one request, follows redirects, and returns when the head of the answer is there.
    ///
    /// Redirects are followed for `GET` and `HEAD`, and on 307 and 308 for other methods whose body is bytes. Credentials
    /// are never sent to another scheme, host or port, and `https` is never left.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, whatever its status.
    /// - Throws: `TransportError`.
    public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let driver = driver(on: configuration.eventLoopGroup.next())
        var plan = try RequestPlan(request, configuration: configuration)
        var redirects = 0
        while true {
            let (response, end) = try await exchange(plan, on: driver)
            guard configuration.maximumRedirects > 0, let target = try plan.redirect(by: response) else {
                return response
            }
            response.body.cancel()
            redirects += 1
            guard redirects <= configuration.maximumRedirects else {
                throw TransportError(
                    .tooManyRedirects,
                    "\(plan.peer) was still redirecting after \(configuration.maximumRedirects) redirects"
                )
            }
            plan = try RequestPlan(target, configuration: configuration, end: end)
        }
    }

    private func driver(on loop: EventLoop) -> LoopBound<CurlDriver> {
        drivers.withLock { drivers in
            if let driver = drivers[loop.index] { return driver }
            let driver = LoopBound(CurlDriver(loop: loop, configuration: configuration, figures: figures), loop)
            drivers[loop.index] = driver
            return driver
        }
    }

    private func exchange(
        _ plan: RequestPlan,
        on driver: LoopBound<CurlDriver>
    ) async throws(TransportError) -> (HTTPResponse, LoopInstant?) {
        let channel = TransferChannel(driver: driver)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                driver.loop.perform { driver.value.start(plan, channel, continuation) }
            }
        } onCancel: {
            channel.cancel()
        }
        let begun = try result.get()
        let body = HTTPBody(source: TransferBody(channel))
        return (HTTPResponse(status: begun.head.status, fields: begun.head.fields, body: body), begun.end)
    }
}

/// An exchange whose answer has begun.
struct BegunExchange: Sendable {
    let head: ResponseHead
    /// The limit of the whole, which a redirect does not begin anew.
    let end: LoopInstant?
}
