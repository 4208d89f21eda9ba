internal import CCurl
internal import Synchronization

/// The transfers of one client on one loop that libcurl makes: a libcurl multi handle whose sockets and timer live in the loop.
// `@safe`: the multi handle is made, used and freed here, on the loop's thread.
@safe final class CurlDriver: TransferDriver {
    let loop: EventLoop
    let configuration: HTTPClient.Configuration
    let figures: TransferFigures

    /// libcurl wants its global state made once, before anything else, and not by two threads at a time.
    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// How many finished handles are kept for reuse.
    private static let spareHandles = 32

    private var multi: UnsafeMutableRawPointer?
    private var transfers: [ObjectIdentifier: CurlTransfer] = [:]
    private var spares: [EasyHandle] = []
    private var timer: EventLoop.Timer?
    private var shutdownHook: EventLoop.ShutdownHook?
    private var sockets: [Int32: SocketWatch] = [:]
    /// The descriptors that are connections' sockets.
    private var connections: Set<Int32> = []
    private var isInsideCurl = false
    private var isRetired = false
    /// Keeps a retired driver until its last transfer is over.
    private var ownReference: CurlDriver?

    /// Makes a driver; called from any thread, it touches nothing before the first request.
    init(loop: EventLoop, configuration: HTTPClient.Configuration, figures: TransferFigures) {
        self.loop = loop
        self.configuration = configuration
        self.figures = figures
    }

    // MARK: Requests

    func start(_ plan: RequestPlan, _ channel: TransferChannel, _ continuation: HeadContinuation) {
        guard channel.attach(self) else {
            unsafe continuation.resume(returning: .failure(TransferErrors.cancelled))
            return
        }
        guard !loop.isStopping, let multi = unsafe openMulti(),
            let easy = spares.popLast() ?? EasyHandle(configuration: configuration, driver: self)
        else {
            channel.finish(.failure(TransferErrors.notSent))
            unsafe continuation.resume(returning: .failure(TransferErrors.notSent))
            return
        }
        figures.inFlight.add(1, ordering: .relaxed)
        let transfer = unsafe CurlTransfer(
            plan: plan,
            channel: channel,
            easy: easy,
            driver: self,
            continuation: continuation
        )
        transfers[ObjectIdentifier(channel)] = transfer
        let code = unsafe curl_multi_add_handle(multi, easy.pointer)
        if code != CURLM_OK {
            finish(transfer, .failure(TransportError(.other, "the request could not be begun")))
        }
    }

    func cancel(_ channel: TransferChannel) {
        guard let transfer = transfers[ObjectIdentifier(channel)] else { return }
        guard !isInsideCurl else {
            // A handle cannot be taken out from within a callback.
            let bound = LoopBound(self, loop)
            loop.execute { bound.value.cancel(channel) }
            return
        }
        finish(transfer, .failure(TransferErrors.cancelled))
    }

    func drain(_ channel: TransferChannel) {
        guard transfers[ObjectIdentifier(channel)] != nil else { return }
        resumeReceiving(channel)
        loop.schedule(after: TransferChannel.drainLimit) { [weak self] in self?.cancel(channel) }
    }

    func resumeReceiving(_ channel: TransferChannel) {
        guard let transfer = transfers[ObjectIdentifier(channel)], let paused = transfer.resumeReceiving() else {
            return
        }
        setPause(transfer, paused)
    }

    func resumeSending(_ channel: TransferChannel) {
        guard let transfer = transfers[ObjectIdentifier(channel)], let paused = transfer.resumeSending() else { return }
        setPause(transfer, paused)
    }

    /// libcurl hands over what it holds from within this call.
    private func setPause(_ transfer: CurlTransfer, _ paused: Int32) {
        isInsideCurl = true
        let code = unsafe curl_easy_pause(transfer.easy.pointer, paused)
        isInsideCurl = false
        if code != CURLE_OK { finish(transfer, .failure(transfer.error(code))) }
        finishCompleted()
    }

    // MARK: End

    private func finishCompleted() {
        var left: Int32 = 0
        // The end of a retired driver's last transfer frees the multi handle.
        while let multi = unsafe multi, let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else {
                continue
            }
            let code = unsafe plex_curl_message_result(message)
            var context: UnsafeMutableRawPointer?
            unsafe plex_curl_getinfo_pointer(easy, CURLINFO_PRIVATE, &context)
            guard let context = unsafe context else { continue }
            let transfer = unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
            finish(transfer, code == CURLE_OK ? .success(()) : .failure(transfer.error(code)))
        }
    }

    /// Ends an exchange: takes its handle out, which closes the connection unless the answer was whole.
    func finish(_ transfer: CurlTransfer, _ result: Result<Void, TransportError>) {
        guard let multi = unsafe multi, transfers.removeValue(forKey: ObjectIdentifier(transfer.channel)) != nil else {
            return
        }
        isInsideCurl = true
        unsafe curl_multi_remove_handle(multi, transfer.easy.pointer)
        isInsideCurl = false
        count(transfer)
        let easy = transfer.easy
        easy.clear()
        if spares.count < Self.spareHandles { spares.append(easy) }
        _ = transfer.end(result)
        if isRetired, transfers.isEmpty { close() }
    }

    private func count(_ transfer: CurlTransfer) {
        figures.inFlight.subtract(1, ordering: .relaxed)
        let connections = transfer.easy.information(CURLINFO_NUM_CONNECTS)
        figures.created.add(connections, ordering: .relaxed)
        guard transfer.holdsConnection else { return }
        figures.connected.subtract(1, ordering: .relaxed)
        if connections == 0 { figures.reused.add(1, ordering: .relaxed) }
    }

    // MARK: Life

    private func openMulti() -> UnsafeMutableRawPointer? {
        if let multi = unsafe multi { return unsafe multi }
        guard Self.isReady, let multi = unsafe curl_multi_init() else { return nil }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe plex_curl_multi_set_socket_callback(multi, curlWatchesSocket, context)
        unsafe plex_curl_multi_set_timer_callback(multi, curlSetsTimer, context)
        unsafe plex_curl_multi_setopt_long(
            multi,
            CURLMOPT_MAX_TOTAL_CONNECTIONS,
            max(1, configuration.maximumConnections)
        )
        unsafe plex_curl_multi_setopt_long(
            multi,
            CURLMOPT_MAX_HOST_CONNECTIONS,
            max(1, configuration.maximumConnectionsPerHost)
        )
        unsafe plex_curl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, max(1, configuration.maximumIdleConnections))
        unsafe self.multi = unsafe multi
        shutdownHook = loop.onShutdown { [unowned self] in shutDown() }
        return unsafe multi
    }

    /// Closes everything once no transfer is left; the client has gone.
    func retire() {
        isRetired = true
        if transfers.isEmpty { close() } else { ownReference = self }
    }

    /// The loop stops: no transfer can go on.
    private func shutDown() {
        for transfer in Array(transfers.values) { finish(transfer, .failure(TransferErrors.loopStopped)) }
        close()
    }

    private func close() {
        if let shutdownHook { loop.removeShutdownHook(shutdownHook) }
        shutdownHook = nil
        spares = []
        if let multi = unsafe multi {
            isInsideCurl = true
            unsafe curl_multi_cleanup(multi)
            isInsideCurl = false
            unsafe self.multi = nil
        }
        if let timer { loop.cancel(timer) }
        timer = nil
        ownReference = nil
    }

    // MARK: Callbacks of libcurl

    func didOpenSocket(_ descriptor: Int32) {
        connections.insert(descriptor)
        figures.open.add(1, ordering: .relaxed)
    }

    func willCloseSocket(_ descriptor: Int32) {
        figures.open.subtract(1, ordering: .relaxed)
        connections.remove(descriptor)
        unwatch(descriptor)
    }

    func watch(_ descriptor: Int32, _ what: Int32) {
        let events: EventLoop.Events
        switch what {
        case CURL_POLL_IN:
            let before = sockets.updateValue(.forReading, forKey: descriptor)
            guard before != .forReading, before != .resting else { return }
            events = .readable
        case CURL_POLL_OUT, CURL_POLL_INOUT:
            sockets[descriptor] = .forWriting
            events = what == CURL_POLL_OUT ? .writable : [.readable, .writable]
        default:
            // Others than connections, such as a resolver's, are closed next, which nobody tells of.
            if sockets[descriptor] == .forReading, connections.contains(descriptor) {
                sockets[descriptor] = .resting
            } else {
                unwatch(descriptor)
            }
            return
        }
        // A failed watch leaves the transfer to its time limits; there is nobody here to tell.
        try? loop.watch(descriptor, for: events) { [weak self] ready in self?.socketIsReady(descriptor, ready) }
    }

    private func unwatch(_ descriptor: Int32) {
        sockets[descriptor] = nil
        loop.unwatch(descriptor)
    }

    private func socketIsReady(_ descriptor: Int32, _ ready: EventLoop.Events) {
        // The peer closed it or sent what nobody asked for: libcurl finds out when it wants to use it.
        guard sockets[descriptor] != .resting else { return unwatch(descriptor) }
        var mask: Int32 = 0
        // A failure shows itself in whatever libcurl does with the socket next.
        if !ready.isDisjoint(with: [.readable, .failed, .hungUp]) { mask |= CURL_CSELECT_IN }
        if ready.contains(.writable) { mask |= CURL_CSELECT_OUT }
        if ready.contains(.failed) { mask |= CURL_CSELECT_ERR }
        act(descriptor, mask)
    }

    func setTimer(_ milliseconds: Int) {
        if let timer { loop.cancel(timer) }
        guard milliseconds >= 0 else {
            timer = nil
            return
        }
        // On the system's clock: libcurl reads that one.
        timer = loop.schedule(afterSystemTime: .milliseconds(milliseconds)) { [unowned self] in
            timer = nil
            act(CURL_SOCKET_BAD, 0)
        }
    }

    private func act(_ descriptor: Int32, _ mask: Int32) {
        guard let multi = unsafe multi else { return }
        var running: Int32 = 0
        isInsideCurl = true
        unsafe curl_multi_socket_action(multi, descriptor, mask, &running)
        isInsideCurl = false
        finishCompleted()
    }
}

/// What a socket of libcurl's is watched for.
private enum SocketWatch {
    case forReading
    case forWriting
    /// For reading still, though no transfer uses the connection: the next one will soon, and costs two calls less.
    case resting
}
