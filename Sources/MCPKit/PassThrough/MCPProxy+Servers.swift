internal import CredentialKit
internal import TransportKit

extension MCPProxy {
    /// Puts other servers in place of those that there are.
    ///
    /// Servers whose configuration is the same go on; calls of those that are replaced or gone fail. Clients are told that there are other tools.
    ///
    /// - Parameter servers: The servers.
    /// - Throws: `MCPError` with code `configuration`; then nothing is changed.
    public func update(_ servers: [MCPServerConfiguration]) throws(MCPError) {
        try change { known, _ in known = servers }
    }

    /// Adds a server, or replaces the one of its name.
    ///
    /// - Parameter server: The server.
    /// - Throws: `MCPError` with code `configuration`.
    public func add(_ server: MCPServerConfiguration) throws(MCPError) {
        try change { servers, _ in
            if let index = servers.firstIndex(where: { $0.name == server.name }) {
                servers[index] = server
            } else {
                servers.append(server)
            }
        }
    }

    /// Removes a server.
    ///
    /// - Parameter name: Its name.
    /// - Throws: `MCPError` with code `notFound`.
    public func remove(_ name: String) throws(MCPError) {
        try change { servers, _ throws(MCPError) in
            guard let index = servers.firstIndex(where: { $0.name == name }) else { throw unknown(name) }
            servers.remove(at: index)
        }
    }

    /// Says whether a server is to be used.
    ///
    /// - Parameters:
    ///   - isEnabled: Whether.
    ///   - name: Its name.
    /// - Throws: `MCPError` with code `notFound`.
    public func setEnabled(_ isEnabled: Bool, _ name: String) throws(MCPError) {
        try change { servers, disabled throws(MCPError) in
            guard servers.contains(where: { $0.name == name }) else { throw unknown(name) }
            if isEnabled { disabled.remove(name) } else { disabled.insert(name) }
        }
    }

    /// Says who may see and use what from now on.
    ///
    /// - Parameter access: The rules.
    public func setAccess(_ access: MCPAccessPolicy) {
        state.withLock { $0.access = access }
        for change in [MCPChange.tools, .prompts, .resources] { announce(change) }
    }

    private func unknown(_ name: String) -> MCPError {
        let known = state.withLock { $0.servers.map(\.name) }
        let names = known.isEmpty ? "there are none" : "there are: \(known.joined(separator: ", "))"
        return MCPError(.notFound, "there is no server of that name; \(names)", server: name)
    }

    private typealias Edit = (inout [MCPServerConfiguration], inout Set<String>) throws(MCPError) -> Void

    /// Changes which servers there are and which of them are switched off.
    private func change(_ edit: Edit) throws(MCPError) {
        // One change after another: each begins with what the one before has left.
        let (gone, isNews) = try changing.withLock { _ throws(MCPError) in
            var (servers, disabled, old) = state.withLock { ($0.servers, $0.disabled, $0.backends) }
            try edit(&servers, &disabled)
            let outcome = try replace(old, by: servers, disabled: disabled)
            handOver(except: old)
            return outcome
        }
        for backend in gone { cleanups.run(on: backend.loop) { await backend.close() } }
        guard isNews else { return }
        for change in [MCPChange.tools, .prompts, .resources] { announce(change) }
    }

    /// Lets servers that are new know what clients listen to, who have asked others of the same names for it.
    private func handOver(except old: [String: Backend]) {
        let wanted = state.withLock { state in state.subscriptions.values.flatMap(\.filter.contents) }
        var uris: [String: (backend: Backend, counts: [String: Int])] = [:]
        for uri in wanted {
            guard let (backend, original) = backend(of: uri), old[backend.name] !== backend else { continue }
            uris[backend.name, default: (backend, [:])].counts[original, default: 0] += 1
        }
        for (backend, counts) in uris.values { backend.adopt(counts) }
    }

    /// - Returns: The connections that are not needed any more, and whether clients may see something else now.
    private func replace(
        _ old: [String: Backend],
        by servers: [MCPServerConfiguration],
        disabled: Set<String>
    ) throws(MCPError) -> (gone: [Backend], isNews: Bool) {
        var seen: Set<String> = []
        for server in servers {
            guard !server.name.isEmpty else { throw MCPError(.configuration, "a server has no name; give it one") }
            guard seen.insert(server.name).inserted else {
                throw MCPError(.configuration, "there are two servers of that name; rename one", server: server.name)
            }
        }
        let labels = ServerLabels(servers.map(\.name))
        var backends: [String: Backend] = [:]
        for server in servers where !disabled.contains(server.name) {
            let label = labels.label(of: server.name) ?? server.name
            if let backend = old[server.name], backend.configuration.isSame(as: server),
                backend.namespace.label == label
            {
                backends[server.name] = backend
            } else {
                backends[server.name] = try makeBackend(server, label: label)
            }
        }
        let kept = backends
        let isClosed = state.withLock { state in
            guard !state.isClosed else { return true }
            state.servers = servers
            state.disabled = disabled.intersection(seen)
            state.backends = kept
            state.labels = labels
            state.catalogue = nil
            state.generation += 1
            return false
        }
        if isClosed { throw MCPError(.closed, "the pass-through is closed") }
        let gone = old.filter { kept[$0.key] !== $0.value }.map(\.value)
        return (gone, !gone.isEmpty || kept.count > old.count)
    }

    /// What state the servers are in.
    public func status() async -> MCPProxyStatus {
        let (servers, backends, clients) = state.withLock { ($0.servers, $0.backends, $0.clients.count) }
        var status = MCPProxyStatus(servers: [], collisions: catalogue.collisions, clients: clients)
        for server in servers {
            guard let backend = backends[server.name] else {
                let label = state.withLock { $0.labels.label(of: server.name) } ?? server.name
                status.servers.append(MCPProxyStatus.Server(name: server.name, state: .disabled, label: label))
                continue
            }
            status.servers.append(await backend.loop.run { backend.status })
        }
        return status
    }

    // MARK: Catalogue

    /// All that is known of what the servers have.
    var catalogue: Catalogue {
        let (known, generation) = state.withLock { ($0.catalogue, $0.generation) }
        if let known { return known }
        let catalogue = Catalogue(backends)
        let news = state.withLock { state -> [MCPProxyStatus.Collision] in
            if state.generation == generation { state.catalogue = catalogue }
            defer { state.reported = Set(catalogue.collisions) }
            return catalogue.collisions.filter { !state.reported.contains($0) }
        }
        for collision in news {
            logger.notice(
                "MCP names collide",
                metadata: [
                    "name": .string(collision.name),
                    "names": .string(collision.items.map(\.name).joined(separator: " ")),
                ]
            )
        }
        return catalogue
    }

    func forgetCatalogue() {
        state.withLock { state in
            state.catalogue = nil
            state.generation += 1
        }
    }
}

extension MCPServerConfiguration {
    /// Whether nothing would be different with another configuration.
    func isSame(as other: MCPServerConfiguration) -> Bool {
        guard name == other.name, policy == other.policy, timeouts == other.timeouts,
            maximumMessageSize == other.maximumMessageSize
        else { return false }
        switch (endpoint, other.endpoint) {
        case (.command(let one), .command(let two)):
            return one.program == two.program && one.arguments == two.arguments && one.environment == two.environment
                && one.secrets == two.secrets && one.inheritedVariables == two.inheritedVariables
                && one.workingDirectory == two.workingDirectory && one.limits == two.limits
                && one.sandbox == two.sandbox
        case (.remote(let one), .remote(let two)):
            return one.url == two.url && one.fields == two.fields && one.credentials == two.credentials
                && one.login?.key == two.login?.key
        case (.service(let one), .service(let two)): return (one as AnyObject) === (two as AnyObject)
        default: return false
        }
    }
}

extension MCPServerConfiguration.Login {
    /// What tells it from other logins.
    fileprivate struct Key: Equatable {
        var name: CredentialName?
        var client: [String?]
        var secret: Secret?
        var scopes: [String]
        var flow: OAuthLogin.Flow
    }

    fileprivate var key: Key {
        Key(
            name: place?.name,
            client: [authorization.issuer, authorization.clientID, authorization.clientDocument],
            secret: authorization.clientSecret,
            scopes: authorization.scopes,
            flow: authorization.flow
        )
    }
}
