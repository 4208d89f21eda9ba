internal import Glibc
public import TransportKit

/// Where a browser is sent back to after a login: a port of this machine that is open for that long only (RFC 8252).
///
/// It answers one request for its path with a short page and tells what came with it; everything else is turned away.
public final class RedirectListener: Sendable {
    /// The address to give to the server.
    public let redirectURI: String

    // Held, as a group's loops end with it.
    private let group: EventLoopGroup
    private let core: LoopBound<RedirectCore>

    /// Opens a port of 127.0.0.1.
    ///
    /// - Parameters:
    ///   - port: The port; 0 for any that is free, which servers have to allow.
    ///   - path: The path that the browser is sent to.
    ///   - group: The loops to work on.
    /// - Returns: The listener; the port closes when it is released.
    /// - Throws: `OAuthError` of reason `cannotListen`.
    public static func open(
        port: UInt16 = 0,
        path: String = "/callback",
        on group: EventLoopGroup = .shared
    ) async throws(OAuthError) -> RedirectListener {
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"?#".utf8.contains($0) }) else {
            throw OAuthError(
                .configuration,
                "the path that a browser is sent back to has to begin with a slash and have no query"
            )
        }
        let (descriptor, port) = try LoopbackSocket.listen(port: port)
        let loop = group.next()
        let core = RedirectCore(descriptor, path, port, loop)
        return RedirectListener(LoopBound(core, loop), group, "http://127.0.0.1:\(port)\(path)")
    }

    private init(_ core: LoopBound<RedirectCore>, _ group: EventLoopGroup, _ redirectURI: String) {
        self.core = core
        self.group = group
        self.redirectURI = redirectURI
    }

    deinit {
        let core = core
        core.loop.execute { core.value.close() }
    }

    /// Waits for the browser.
    ///
    /// - Parameters:
    ///   - limit: How long.
    ///   - check: Says of a query whether it is an answer that can be used; decides which page is shown, nothing else.
    /// - Returns: The query that the browser was sent back with.
    /// - Throws: `OAuthError` of reason `timedOut` or `cancelled`.
    public func query(
        within limit: Duration,
        checking check: @escaping @Sendable (String) -> Bool = { _ in true }
    ) async throws(OAuthError) -> String {
        let core = core
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<String, OAuthError>, Never>) in
                core.loop.execute { core.value.begin(limit, check, continuation) }
            }
        } onCancel: {
            core.loop.execute { core.value.cancel() }
        }
        return try result.get()
    }
}

/// The listener's part on its loop.
private final class RedirectCore {
    /// Browsers open connections ahead and leave them idle; the oldest goes when there are too many.
    private static let maximumConnections = 8

    private let loop: EventLoop
    private let path: String
    private let port: UInt16
    private var listener: Int32
    private var connections: [(descriptor: Int32, reader: RedirectRequestReader)] = []
    private var waiting: CheckedContinuation<Result<String, OAuthError>, Never>?
    private var check: (String) -> Bool = { _ in true }
    private var timer: EventLoop.Timer?
    private var isCancelled = false

    init(_ listener: Int32, _ path: String, _ port: UInt16, _ loop: EventLoop) {
        self.listener = listener
        self.path = path
        self.port = port
        self.loop = loop
    }

    func begin(
        _ limit: Duration,
        _ check: @escaping (String) -> Bool,
        _ continuation: CheckedContinuation<Result<String, OAuthError>, Never>
    ) {
        guard !isCancelled, listener >= 0, waiting == nil else {
            continuation.resume(returning: .failure(Self.cancelled))
            return
        }
        waiting = continuation
        self.check = check
        timer = loop.schedule(after: limit) { [self] in
            end(.failure(OAuthError(.timedOut, "nobody logged in within \(limit); start the login again")))
        }
        do {
            try loop.watch(listener, for: .readable) { [self] _ in accept() }
        } catch {
            end(.failure(OAuthError(.cannotListen, "the port for the browser's answer cannot be watched: \(error)")))
        }
    }

    func cancel() {
        isCancelled = true
        end(.failure(Self.cancelled))
    }

    /// Closes all; nothing that the loop holds refers to this any more then.
    func close() {
        for connection in connections { drop(connection.descriptor) }
        connections = []
        if let timer { loop.cancel(timer) }
        timer = nil
        guard listener >= 0 else { return }
        loop.unwatch(listener)
        Glibc.close(listener)
        listener = -1
    }

    private static let cancelled = OAuthError(.cancelled, "the login was cancelled")

    private func end(_ result: Result<String, OAuthError>) {
        close()
        let continuation = waiting
        waiting = nil
        continuation?.resume(returning: result)
    }

    private func accept() {
        while listener >= 0, let descriptor = LoopbackSocket.accept(listener) {
            if connections.count >= Self.maximumConnections { drop(connections.removeFirst().descriptor) }
            do {
                try loop.watch(descriptor, for: .readable) { [self] _ in read(descriptor) }
                connections.append((descriptor, RedirectRequestReader(path: path, port: port)))
            } catch {
                Glibc.close(descriptor)
            }
        }
    }

    private func read(_ descriptor: Int32) {
        guard let index = connections.firstIndex(where: { $0.descriptor == descriptor }) else { return }
        switch LoopbackSocket.read(descriptor) {
        case .again: return
        case .end:
            connections.remove(at: index)
            drop(descriptor)
        case .bytes(let bytes):
            switch connections[index].reader.add(bytes) {
            case .more: return
            case .other(let page): answer(index, page)
            case .query(let query):
                answer(index, check(query) ? .accepted : .refused)
                end(.success(query))
            }
        }
    }

    private func answer(_ index: Int, _ page: RedirectPage) {
        let descriptor = connections.remove(at: index).descriptor
        loop.unwatch(descriptor)
        LoopbackSocket.answer(descriptor, page.bytes)
    }

    private func drop(_ descriptor: Int32) {
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
    }
}
