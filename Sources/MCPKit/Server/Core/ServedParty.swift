internal import TransportKit

/// What is known of a client: by its handshake, or by one request of the stateless era.
struct ServedParty: Sendable, Hashable {
    var version: ProtocolVersion
    var capabilities: JSONObject
    var information: JSONObject
}

extension ServedParty {
    /// What requests of the stateless era carry in `_meta`.
    enum Envelope {
        static let version = "io.modelcontextprotocol/protocolVersion"
        static let capabilities = "io.modelcontextprotocol/clientCapabilities"
        static let information = "io.modelcontextprotocol/clientInfo"
        static let logLevel = "io.modelcontextprotocol/logLevel"
        static let server = "io.modelcontextprotocol/serverInfo"
        static let subscription = "io.modelcontextprotocol/subscriptionId"
    }

    /// Reads what a request of the stateless era says of its sender.
    ///
    /// - Parameter params: The request's parameters.
    /// - Throws: `JSONRPCFailure`, which the sender is answered with.
    init(stateless params: JSONObject) throws(JSONRPCFailure) {
        let metadata = params["_meta"]?.object ?? [:]
        let missing = [Envelope.version, Envelope.capabilities].filter { metadata[$0] == nil }
        guard missing.isEmpty else {
            let names = missing.joined(separator: ", ")
            throw JSONRPCFailure(.invalidParams, "params._meta lacks \(names), which every request carries")
        }
        guard let requested = metadata[Envelope.version]?.string else {
            throw JSONRPCFailure(.invalidParams, "\(Envelope.version) is no string")
        }
        let version = ProtocolVersion(rawValue: requested)
        guard ProtocolVersion.statelessEra.contains(version) else { throw Self.unsupported(requested) }
        guard let capabilities = metadata[Envelope.capabilities]?.object else {
            throw JSONRPCFailure(.invalidParams, "\(Envelope.capabilities) is no object")
        }
        self.init(
            version: version,
            capabilities: capabilities,
            information: metadata[Envelope.information]?.object ?? [:]
        )
    }

    /// What a client is told whose version is not spoken here.
    ///
    /// - Parameters:
    ///   - requested: What it asked for.
    ///   - supported: What it could ask for instead.
    /// - Returns: The failure.
    static func unsupported(
        _ requested: String,
        supported: [ProtocolVersion] = ProtocolVersion.statelessEra
    ) -> JSONRPCFailure {
        JSONRPCFailure(
            .unsupportedProtocolVersion,
            "this version of the protocol is not supported",
            data: [
                "supported": .array(supported.map { .string($0.rawValue) }),
                "requested": .string(String(requested.prefix(64))),
            ]
        )
    }

    /// What the client would have to offer to be asked something; `nil` if it offers it.
    ///
    /// - Parameters:
    ///   - method: What it is to be asked.
    ///   - params: The question's parameters.
    /// - Returns: The capabilities.
    func lacks(_ method: String, _ params: JSONObject) -> JSONObject? {
        switch method {
        case "roots/list": return capabilities["roots"] == nil ? ["roots": [:]] : nil
        case "sampling/createMessage":
            guard let sampling = capabilities["sampling"] else { return ["sampling": [:]] }
            guard params["tools"] != nil, sampling["tools"] == nil else { return nil }
            return ["sampling": ["tools": [:]]]
        case "elicitation/create":
            let mode = params["mode"]?.string ?? "form"
            guard let elicitation = capabilities["elicitation"] else { return Self.elicitation(mode) }
            // Without modes it means forms, as it did before there were modes.
            let offersNoMode = elicitation["form"] == nil && elicitation["url"] == nil
            if elicitation[mode] != nil || mode == "form" && offersNoMode { return nil }
            return Self.elicitation(mode)
        default: return nil
        }
    }

    private static func elicitation(_ mode: String) -> JSONObject {
        ["elicitation": [mode: [:]]]
    }
}

/// How much a log entry matters (RFC 5424 §6.2.1).
enum LogSeverity {
    private static let words = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]

    /// The rank of a level's name; `nil` for a word that is none.
    static func rank(_ word: String?) -> Int? {
        word.flatMap(words.firstIndex(of:))
    }
}
