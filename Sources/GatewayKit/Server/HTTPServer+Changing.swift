internal import TransportKit

extension HTTPServer {
    /// Listens at other addresses and takes what other limits allow, from the next connection and request on.
    ///
    /// What is wanted as it is stays open without a gap. A connection whose listener is gone, or serves other paths now, ends
    /// with the answer that runs. One change is made at a time.
    ///
    /// - Parameters:
    ///   - addresses: Where to listen; at least one.
    ///   - limits: What is taken from callers.
    ///   - refusesBegun: Whether requests that have begun to come at listeners which are closed are refused.
    ///   - whenOpened: Called when nothing can fail any more, and before anybody is accepted at a new listener.
    /// - Returns: Where it listens now.
    /// - Throws: `ListenError` if it cannot listen at one of the addresses, or does not run; then nothing has changed.
    package func change(
        to addresses: [ListenAddress],
        limits: HTTPLimits,
        refusesBegun: Bool = false,
        whenOpened: @Sendable () -> Void = {}
    ) async throws(ListenError) -> [BoundListener] {
        let (sockets, parts) = try await beginChange()
        defer { endChange() }
        guard !addresses.isEmpty else { throw ListenError("there is no address to listen at; give at least one") }
        // A socket whose file was taken away is reached by nobody.
        let present = sockets.filter { $0.file?.isThere ?? true }
        let plan = ListenerPlan(from: present.map(\.bound.address), to: addresses)
        let (opened, changed) = try await carryOut(plan, present)
        let kept = present.filter { plan.kept.contains($0.bound.address) }
        let closed = sockets.filter { !present.contains($0) || plan.closed.contains($0.bound.address) }

        whenOpened()
        bodies.adopt(limits)
        let maximum = limits.connections ?? DescriptorLimit.connections
        for part in parts {
            var change = ListenerChange()
            change.opened = (opened + changed).map { ($0.descriptor(forLoop: part.loop.index), $0.bound) }
            change.closed = closed.map { $0.descriptor(forLoop: part.loop.index) }
            change.acceptsWaiting = !refusesBegun
            await part.loop.run { [change] in
                part.server.value.adopt(limits, maximumConnections: maximum)
                part.server.value.change(change)
            }
        }
        // Only now has every loop what another one accepted for it.
        for part in parts {
            await part.loop.run { part.server.value.retireStrays(refusesBegun: refusesBegun) }
        }
        for socket in closed { socket.close() }
        let all = Self.inOrder(kept + changed + opened, of: addresses)
        state.withLock { $0.sockets = all }
        return all.map(\.bound)
    }

    /// Opens what is to be opened, and changes the rights of socket files; all of it or nothing.
    private func carryOut(
        _ plan: ListenerPlan,
        _ sockets: [ListeningSocket]
    ) async throws(ListenError) -> (opened: [ListeningSocket], changed: [ListeningSocket]) {
        var opened: [ListeningSocket] = []
        if !plan.opened.isEmpty {
            let ports = Set(sockets.filter { plan.closed.contains($0.bound.address) }.compactMap(\.bound.port))
            let (count, environment) = (group.loops.count, environment)
            opened = try await OwnThread.run {
                Self.open(plan.opened, loops: count, environment: environment, sharing: ports)
            }.get()
        }
        var changed: [ListeningSocket] = []
        var undo: [(UnixSocketFile, UnixSocketFile.Rights)] = []
        do throws(ListenError) {
            for change in plan.changed {
                for var socket in sockets where socket.bound.address == change.from {
                    if let file = socket.file, case .unix(_, let mode, let group, _) = change.to {
                        undo.append((file, try file.change(mode: mode, group: group)))
                    }
                    socket.bound = socket.bound.under(change.to)
                    changed.append(socket)
                }
            }
        } catch {
            for (file, rights) in undo { file.restore(rights) }
            for socket in opened { socket.close() }
            throw error
        }
        return (opened, changed)
    }

    private static func inOrder(_ sockets: [ListeningSocket], of addresses: [ListenAddress]) -> [ListeningSocket] {
        var seen: [ListenAddress] = []
        var result: [ListeningSocket] = []
        for address in addresses where !seen.contains(address) {
            seen.append(address)
            result += sockets.filter { $0.bound.address == address }
        }
        return result
    }

    // MARK: One at a time

    private func beginChange() async throws(ListenError) -> ([ListeningSocket], [LoopPart]) {
        while true {
            let begun = try state.withLock { state throws(ListenError) -> ([ListeningSocket], [LoopPart])? in
                switch state.phase {
                case .running:
                    state.phase = .changing
                    return (state.sockets, state.parts)
                case .changing: return nil
                default: throw ListenError("the server does not run, so that its listeners cannot be changed")
                }
            }
            if let begun { return begun }
            await waitForChange()
        }
    }

    private func endChange() {
        let waiters = state.withLock { state in
            state.phase = .running
            defer { state.changeWaiters = [] }
            return state.changeWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    var isChanging: Bool { state.withLock { $0.phase == .changing } }

    /// Returns when no change is being made.
    func waitForChange() async {
        while isChanging {
            await withCheckedContinuation { waiter in
                let isEnded = state.withLock { state in
                    guard state.phase == .changing else { return true }
                    state.changeWaiters.append(waiter)
                    return false
                }
                if isEnded { waiter.resume() }
            }
        }
    }
}

extension [ListeningSocket] {
    fileprivate func contains(_ socket: ListeningSocket) -> Bool { contains { $0.descriptors == socket.descriptors } }
}

extension BoundListener {
    /// The port, where it has one.
    fileprivate var port: UInt16? {
        if case .tcp(_, let port) = place { port } else { nil }
    }

    /// The same listener under other terms.
    fileprivate func under(_ address: ListenAddress) -> BoundListener {
        switch address {
        case .unix(_, _, _, let role), .tcp(_, _, let role), .systemd(let role):
            BoundListener(place: place, role: role, address: address)
        }
    }
}
