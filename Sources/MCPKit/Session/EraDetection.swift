package import TransportKit

/// What client and server have agreed on.
package struct Agreement: Sendable, Hashable {
    /// The version of the protocol.
    package var version: ProtocolVersion
    /// What the server can.
    package var capabilities: JSONObject
    /// The server's name and version, for people.
    package var serverInformation: JSONObject
    /// What the server tells models about its use.
    package var instructions: String?

    package init(
        version: ProtocolVersion,
        capabilities: JSONObject = [:],
        serverInformation: JSONObject = [:],
        instructions: String? = nil
    ) {
        self.version = version
        self.capabilities = capabilities
        self.serverInformation = serverInformation
        self.instructions = instructions
    }

    /// Whether calls of tools can be made tasks by the client, as 2025-11-25 has it.
    var makesTasks: Bool {
        version == .v2025_11_25 && capabilities["tasks"]?["requests"]?["tools"]?["call"]?.object != nil
    }
}

/// How client and server find a version that both speak, in both eras of the protocol.
///
/// It is pure: what to do next comes back as a step. A server is asked `server/discover` first. Whatever does not show that it knows the
/// stateless era leads to the handshake: no single error code is relied on.
package struct EraDetection: Sendable {
    /// What to do next.
    package enum Step: Sendable, Equatable {
        /// Ask `server/discover` at a version.
        case discover(ProtocolVersion)
        /// Ask `initialize` at a version.
        case initialize(ProtocolVersion)
        /// Make the connection anew, then ask `initialize`.
        case reconnect
        /// A version was found.
        case agreed(Agreement)
        /// There is none, or nothing works.
        case failed(Reason)
    }

    /// Why no version was found.
    package struct Reason: Sendable, Equatable {
        package var error: MCPError

        package static func == (left: Reason, right: Reason) -> Bool {
            left.error.code == right.error.code && left.error.message == right.error.message
        }
    }

    /// What is known of a server from before.
    package enum Memory: Sendable, Hashable {
        case nothing
        case handshake
        case stateless(ProtocolVersion)
    }

    private let memory: Memory
    private var hasProbed = false
    private var hasReconnected = false
    private var hasProbedTwice = false

    /// Makes a detection.
    ///
    /// - Parameter memory: What is known of the server.
    package init(memory: Memory = .nothing) {
        self.memory = memory
    }

    /// What to remember once a version was agreed on.
    package func memory(of agreement: Agreement) -> Memory {
        agreement.version.isStateless ? .stateless(agreement.version) : .handshake
    }

    /// The first step.
    package mutating func start() -> Step {
        switch memory {
        case .nothing: return probe(ProtocolVersion.statelessEra[0])
        case .stateless(let version): return probe(version)
        case .handshake: return handshake()
        }
    }

    private mutating func probe(_ version: ProtocolVersion) -> Step {
        hasProbed = true
        return .discover(version)
    }

    private func handshake() -> Step {
        .initialize(ProtocolVersion.handshakeEra[0])
    }

    private func fail(_ error: MCPError) -> Step {
        .failed(Reason(error: error))
    }

    // MARK: server/discover

    /// `server/discover` was answered, or not.
    package mutating func discovered(_ result: Result<JSONValue, MCPError>) -> Step {
        switch result {
        case .success(let value): return discovered(value)
        case .failure(let error): return notDiscovered(error)
        }
    }

    private mutating func discovered(_ value: JSONValue) -> Step {
        let offered = Self.versions(value["supportedVersions"])
        guard let version = ProtocolVersion.statelessEra.first(where: offered.contains) else { return handshake() }
        let information = value["_meta"]?["io.modelcontextprotocol/serverInfo"] ?? value["serverInfo"]
        return .agreed(
            Agreement(
                version: version,
                capabilities: value["capabilities"]?.object ?? [:],
                serverInformation: information?.object ?? [:],
                instructions: value["instructions"]?.string
            )
        )
    }

    private mutating func notDiscovered(_ error: MCPError) -> Step {
        if let failure = error.failure, failure.code == .unsupportedProtocolVersion {
            let offered = Self.versions(failure.data?["supported"])
            if let version = Self.shared(offered) {
                guard !hasProbedTwice else { return handshake() }
                hasProbedTwice = true
                return probe(version)
            }
            if !offered.isEmpty, !offered.contains(where: ProtocolVersion.handshakeEra.contains) {
                return fail(Self.noVersion(offered))
            }
            return handshake()
        }
        if let status = error.status {
            return HTTPFallback.allowsInitialize(afterStatus: status) ? handshake() : fail(error)
        }
        switch error.code {
        case .request, .timeout, .protocolViolation, .tooLarge: return handshake()
        case .closed where !hasReconnected:
            // Servers that take the first message for `initialize` may end over anything else.
            hasReconnected = true
            return .reconnect
        default: return fail(error)
        }
    }

    // MARK: initialize

    /// A connection was made anew.
    package mutating func reconnected() -> Step {
        handshake()
    }

    /// `initialize` was answered, or not.
    package mutating func initialized(_ result: Result<JSONValue, MCPError>) -> Step {
        switch result {
        case .success(let value): return initialized(value)
        case .failure(let error): return notInitialized(error)
        }
    }

    private mutating func initialized(_ value: JSONValue) -> Step {
        guard let text = value["protocolVersion"]?.string else {
            return fail(MCPError(.protocolViolation, "the answer to initialize names no version of the protocol"))
        }
        let version = ProtocolVersion(rawValue: text)
        guard ProtocolVersion.handshakeEra.contains(version) else { return fail(Self.noVersion([version])) }
        return .agreed(
            Agreement(
                version: version,
                capabilities: value["capabilities"]?.object ?? [:],
                serverInformation: value["serverInfo"]?.object ?? [:],
                instructions: value["instructions"]?.string
            )
        )
    }

    private mutating func notInitialized(_ error: MCPError) -> Step {
        if let failure = error.failure, failure.code == .unsupportedProtocolVersion, !hasProbedTwice,
            let version = Self.shared(Self.versions(failure.data?["supported"]))
        {
            // A slow server had read the question after all, and stays in the era it was asked for.
            hasProbedTwice = true
            return probe(version)
        }
        if error.code == .closed, hasProbed, !hasReconnected {
            // It read the question after the time for that was over, and ended over it.
            hasReconnected = true
            return .reconnect
        }
        return fail(error)
    }

    private static func versions(_ value: JSONValue?) -> [ProtocolVersion] {
        value?.array?.compactMap { $0.string.map(ProtocolVersion.init(rawValue:)) } ?? []
    }

    private static func shared(_ offered: [ProtocolVersion]) -> ProtocolVersion? {
        ProtocolVersion.statelessEra.first(where: offered.contains)
    }

    private static func noVersion(_ offered: [ProtocolVersion]) -> MCPError {
        let ours = (ProtocolVersion.statelessEra + ProtocolVersion.handshakeEra).map(\.rawValue).joined(separator: ", ")
        let theirs = offered.map { String($0.rawValue.prefix(40)) }.prefix(10).joined(separator: ", ")
        return MCPError(.version, "the server speaks MCP \(theirs), and this client \(ours)")
    }
}
