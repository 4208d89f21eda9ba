internal import TransportKit

/// What a request over HTTP to a server asks for, in either era; pure.
enum HTTPServerRules {
    /// What is asked for.
    enum Route: Sendable, Hashable {
        /// Nothing that can be done.
        case refuse(HTTPRefusal)
        /// A request that stands alone.
        case single(JSONValue, id: JSONRPCID, method: String, params: JSONObject)
        /// Something that wants no answer, in the stateless era.
        case ignore
        /// The beginning of a session.
        case begin(JSONValue, id: JSONRPCID)
        /// Messages of a session, and the ids of the requests among them.
        case post(JSONValue, session: String, requests: [JSONRPCID])
        /// The server's own stream of a session, or one that was lost.
        case stream(session: String, lastEvent: String?)
        /// The end of a session.
        case end(session: String)
    }

    static func route(_ method: String, _ fields: HTTPFields, _ body: [UInt8], limit: Int) -> Route {
        let version = fields[MessageHeaders.version].map(ProtocolVersion.init(rawValue:))
        switch method {
        case "POST": return post(fields, body, version, limit: limit)
        case "GET", "DELETE":
            guard version?.isStateless != true else { return .refuse(.notAllowed("POST")) }
            return ofSession(method, fields, version)
        default: return .refuse(.notAllowed("POST, GET, DELETE"))
        }
    }

    // MARK: GET and DELETE

    private static func ofSession(_ method: String, _ fields: HTTPFields, _ version: ProtocolVersion?) -> Route {
        if let version, !ProtocolVersion.handshakeEra.contains(version) {
            return .refuse(.version(version, supported: ProtocolVersion.handshakeEra))
        }
        if method == "GET", !accepts("text/event-stream", fields) { return .refuse(.notAcceptable) }
        guard let session = fields[MessageHeaders.session] else { return .refuse(.noSession) }
        return method == "DELETE"
            ? .end(session: session) : .stream(session: session, lastEvent: fields[MessageHeaders.lastEvent])
    }

    // MARK: POST

    private static func post(
        _ fields: HTTPFields,
        _ body: [UInt8],
        _ version: ProtocolVersion?,
        limit: Int
    ) -> Route {
        guard accepts("application/json", fields), accepts("text/event-stream", fields) else {
            return .refuse(.notAcceptable)
        }
        guard mediaType(fields["Content-Type"] ?? "") == "application/json" else { return .refuse(.unsupportedType) }
        guard body.count <= limit else { return .refuse(.tooLarge(limit)) }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: body)
        } catch {
            return .refuse(HTTPRefusal(400, JSONRPCFailure(.parseError, "the body is no JSON: \(error)")))
        }
        if version?.isStateless == true || version == nil && isEnvelope(value) && fields[MessageHeaders.session] == nil
            || version.map({ !ProtocolVersion.handshakeEra.contains($0) }) == true && isEnvelope(value)
        {
            return single(value, fields)
        }
        if let version, !ProtocolVersion.handshakeEra.contains(version) {
            // A session keeps to its era; whoever has none yet may begin in either.
            let isInSession = fields[MessageHeaders.session] != nil
            let supported = (isInSession ? [] : ProtocolVersion.statelessEra) + ProtocolVersion.handshakeEra
            return .refuse(.version(version, supported: supported))
        }
        return messages(value, fields)
    }

    /// Whether a body says itself that it is of the stateless era.
    private static func isEnvelope(_ value: JSONValue) -> Bool {
        value["params"]?["_meta"]?[ServedParty.Envelope.version] != nil && value["method"]?.string != "initialize"
    }

    private static func messages(_ value: JSONValue, _ fields: HTTPFields) -> Route {
        let elements = value.array ?? [value]
        guard !elements.isEmpty, elements.count <= JSONRPCDecoder.maximumBatch else {
            return .refuse(.invalid("a batch is empty, or holds too much"))
        }
        var requests: [JSONRPCID] = []
        for element in elements {
            switch JSONRPCDecoder.decode(element) {
            case .message(.request(let id, "initialize", _)):
                guard value.array == nil else { return .refuse(.invalid("initialize stands in a batch")) }
                guard fields[MessageHeaders.session] == nil else { break }
                return .begin(value, id: id)
            case .message(let message):
                if message.method != nil, let id = message.id { requests.append(id) }
                continue
            case .garbage(_, let reason): return .refuse(.invalid(reason))
            }
            requests += JSONRPCID(element["id"] ?? .null).map { [$0] } ?? []
        }
        guard let session = fields[MessageHeaders.session] else { return .refuse(.noSession) }
        return .post(value, session: session, requests: requests)
    }

    // MARK: The stateless era

    private static func single(_ value: JSONValue, _ fields: HTTPFields) -> Route {
        switch JSONRPCDecoder.decode(value) {
        case .message(.request(let id, let method, let params)):
            if case .array? = params {
                return .refuse(HTTPRefusal(400, JSONRPCFailure(.invalidParams, "the parameters are an array"), id: id))
            }
            let params = params?.object ?? [:]
            if let refusal = refusal(id, method, params, fields) { return .refuse(refusal) }
            return .single(value, id: id, method: method, params: params)
        case .message(.notification):
            let version = fields[MessageHeaders.version].map(ProtocolVersion.init(rawValue:))
            guard let version, ProtocolVersion.statelessEra.contains(version) else {
                return .refuse(.version(version ?? ProtocolVersion(rawValue: "")))
            }
            return .ignore
        case .message: return .refuse(.invalid("clients of this version answer nothing"))
        case .garbage(_, let reason): return .refuse(.invalid(reason))
        }
    }

    /// What is wrong with a request of the stateless era, by its header fields and what it says of its sender.
    private static func refusal(
        _ id: JSONRPCID,
        _ method: String,
        _ params: JSONObject,
        _ fields: HTTPFields
    ) -> HTTPRefusal? {
        func mismatch(_ text: String) -> HTTPRefusal {
            HTTPRefusal(400, JSONRPCFailure(.headerMismatch, text), id: id)
        }
        for name in [MessageHeaders.version, MessageHeaders.method, MessageHeaders.name]
        where fields.values(name).count > 1 {
            return mismatch("the header field \(name) comes more than once")
        }
        let metadata = params["_meta"]?.object ?? [:]
        if let version = metadata[ServedParty.Envelope.version], metadata[ServedParty.Envelope.capabilities] != nil {
            // Whoever disagrees with itself is told so before anything else.
            guard fields[MessageHeaders.version].map({ .string($0) }) == version else {
                return mismatch("\(MessageHeaders.version) and the version in params._meta differ")
            }
            guard fields[MessageHeaders.method].flatMap(HeaderText.decoded) == method else {
                return mismatch("\(MessageHeaders.method) and the method differ")
            }
            if let name = MessageHeaders.target(of: method, .object(params)),
                fields[MessageHeaders.name].flatMap(HeaderText.decoded) != name
            {
                return mismatch("\(MessageHeaders.name) and what the request is about differ")
            }
        }
        do throws(JSONRPCFailure) {
            _ = try ServedParty(stateless: params)
        } catch {
            return HTTPRefusal(400, error, id: id)
        }
        return nil
    }

    /// The status that a failure has over HTTP in the stateless era.
    static func status(of failure: JSONRPCFailure) -> Int {
        switch failure.code {
        case .methodNotFound: 404
        case .parseError, .invalidRequest, .invalidParams, .headerMismatch, .missingClientCapability,
            .unsupportedProtocolVersion:
            400
        default: 200
        }
    }

    // MARK: Media types

    private static func mediaType(_ value: some StringProtocol) -> String {
        let end = value.firstIndex(of: ";") ?? value.endIndex
        return value[..<end].trimmed.lowercased()
    }

    /// Whether a request accepts a media type (RFC 9110 §12.5.1); one without the field accepts all.
    static func accepts(_ type: String, _ fields: HTTPFields) -> Bool {
        let values = fields.values("Accept")
        guard !values.isEmpty else { return true }
        let wanted = ["*/*", type.prefix { $0 != "/" } + "/*", type]
        var best: (place: Int, isAccepted: Bool)?
        for range in values.flatMap({ $0.split(separator: ",") }) {
            guard let place = wanted.firstIndex(of: mediaType(range)), place >= best?.place ?? 0 else { continue }
            best = (place, !isRefused(range))
        }
        return best?.isAccepted ?? false
    }

    private static func isRefused(_ range: Substring) -> Bool {
        range.split(separator: ";").dropFirst().contains { parameter in
            let text = parameter.trimmed.lowercased()
            return text.hasPrefix("q=") && Double(text.dropFirst(2)) == 0
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = drop(while: isBlank)
        return String(start.reversed().drop(while: isBlank).reversed())
    }
}
