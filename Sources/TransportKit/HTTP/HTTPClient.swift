internal import Glibc
internal import Synchronization

/// Sends HTTP requests on event loops: itself where that is plain HTTP/1.1 to a known address, through libcurl elsewhere.
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

    /// What the client has on one loop.
    private final class Lane: Sendable {
        let direct: LoopBound<DirectPool>
        let curl: LoopBound<CurlDriver>
        let isUsed = Atomic(false)

        init(_ loop: EventLoop, _ configuration: Configuration, _ figures: TransferFigures) {
            direct = LoopBound(DirectPool(loop: loop, configuration: configuration, figures: figures), loop)
            curl = LoopBound(CurlDriver(loop: loop, configuration: configuration, figures: figures), loop)
        }

        var loop: EventLoop { curl.loop }

        /// Checks a request; what it has in common with one before, the loop may know already.
        func plan(
            _ request: consuming HTTPRequest,
            _ configuration: Configuration,
            end: LoopInstant? = nil
        ) throws(TransportError) -> RequestPlan {
            guard loop.isCurrent else { return try RequestPlan(request, configuration: configuration, end: end) }
            let pool = direct.value
            let route = try pool.routes.route(of: request)
            let fields = try pool.routes.checked(request.fields)
            return try RequestPlan(request, configuration: configuration, route: route, fields: fields, end: end)
        }

        /// Begins an exchange; on the loop.
        func start(
            _ plan: RequestPlan,
            directly: Bool,
            _ channel: TransferChannel,
            _ continuation: HeadContinuation
        ) {
            if directly {
                unsafe direct.value.start(plan, channel, continuation)
            } else {
                unsafe curl.value.start(plan, channel, continuation)
            }
        }
    }

    private let lanes: [Lane]
    private let figures: TransferFigures
    /// Whether the environment names a proxy for plain `http`, for a configuration that asks it.
    private let isProxyInEnvironment: Bool

    /// Makes a client; nothing is opened before the first request.
    ///
    /// - Parameter configuration: How to connect.
    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
        let figures = TransferFigures()
        self.figures = figures
        lanes = configuration.eventLoopGroup.loops.map { Lane($0, configuration, figures) }
        isProxyInEnvironment = ["http_proxy", "all_proxy", "ALL_PROXY"].contains { (name: String) in
            unsafe getenv(name) != nil
        }
    }

    deinit {
        for lane in lanes where lane.isUsed.load(ordering: .relaxed) {
            let (direct, curl) = (lane.direct, lane.curl)
            lane.loop.perform {
                direct.value.retire()
                curl.value.retire()
            }
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
    @inline(__always)
    public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let lane = lanes[configuration.eventLoopGroup.next().index]
        lane.isUsed.store(true, ordering: .relaxed)
        var plan = try lane.plan(request, configuration)
        var redirects = 0
        while true {
            let (response, end) = try await exchange(plan, on: lane)
            guard (300...399).contains(response.status), configuration.maximumRedirects > 0,
                let target = try plan.redirect(by: response)
            else { return response }
            response.body.cancel()
            redirects += 1
            guard redirects <= configuration.maximumRedirects else {
                throw TransportError(
                    .tooManyRedirects,
                    "\(plan.peer) was still redirecting after \(configuration.maximumRedirects) redirects"
                )
            }
            plan = try lane.plan(target, configuration, end: end)
        }
    }

    /// Whether a request can go out without libcurl: no TLS, no names to resolve, no proxy.
    private func goesDirectly(_ plan: RequestPlan) -> Bool {
        guard configuration.connectsDirectly, plan.route.direct != nil, DirectExchange.canSend(plan) else {
            return false
        }
        switch plan.proxy {
        case .none: return true
        case .environment: return !isProxyInEnvironment
        case .server: return false
        }
    }

    @inline(__always)
    private func exchange(
        _ plan: RequestPlan,
        on lane: Lane
    ) async throws(TransportError) -> (HTTPResponse, LoopInstant?) {
        let channel = TransferChannel(loop: lane.loop)
        let goesDirectly = goesDirectly(plan)
        let result = await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                if lane.loop.isCurrent {
                    unsafe lane.start(plan, directly: goesDirectly, channel, continuation)
                } else {
                    lane.loop.execute { unsafe lane.start(plan, directly: goesDirectly, channel, continuation) }
                }
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
