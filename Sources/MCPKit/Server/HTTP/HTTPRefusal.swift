internal import TransportKit

/// A request over HTTP that is answered with a status and a reason.
struct HTTPRefusal: Sendable, Hashable {
    var status: Int
    var failure: JSONRPCFailure
    /// The request, where it has an id.
    var id: JSONRPCID?
    /// The methods that would be allowed.
    var allow: String?

    init(_ status: Int, _ failure: JSONRPCFailure, id: JSONRPCID? = nil, allow: String? = nil) {
        self.status = status
        self.failure = failure
        self.id = id
        self.allow = allow
    }

    static func notAllowed(_ methods: String) -> HTTPRefusal {
        HTTPRefusal(405, JSONRPCFailure(.invalidRequest, "use \(methods)"), allow: methods)
    }

    static func invalid(_ reason: String) -> HTTPRefusal {
        HTTPRefusal(400, JSONRPCFailure(.invalidRequest, reason))
    }

    /// A version that is not spoken here.
    ///
    /// - Parameters:
    ///   - version: What was asked for.
    ///   - supported: What could be asked for instead.
    /// - Returns: The refusal.
    static func version(
        _ version: ProtocolVersion,
        supported: [ProtocolVersion] = ProtocolVersion.statelessEra
    ) -> HTTPRefusal {
        HTTPRefusal(400, ServedParty.unsupported(version.rawValue, supported: supported))
    }

    static func tooLarge(_ limit: Int) -> HTTPRefusal {
        HTTPRefusal(413, JSONRPCFailure(.invalidRequest, "the body is larger than the limit of \(limit) bytes"))
    }

    static let notAcceptable = HTTPRefusal(
        406,
        JSONRPCFailure(.invalidRequest, "accept both application/json and text/event-stream")
    )
    static let unsupportedType = HTTPRefusal(
        415,
        JSONRPCFailure(.invalidRequest, "the body has to be application/json")
    )
    static let noSession = HTTPRefusal(
        400,
        JSONRPCFailure(.invalidRequest, "there is no \(MessageHeaders.session); begin with initialize")
    )
    static let unknownSession = HTTPRefusal(
        404,
        JSONRPCFailure(.invalidRequest, "there is no such session; begin anew with initialize")
    )
    static let noRoom = HTTPRefusal(
        503,
        JSONRPCFailure(.internalError, "there are too many sessions; try again later")
    )
    static let ending = HTTPRefusal(
        503,
        JSONRPCFailure(.internalError, "the server is about to stop; try again later")
    )
    static let tooManyStreams = HTTPRefusal(409, JSONRPCFailure(.invalidRequest, "the session has too many streams"))
    static let lostEvents = HTTPRefusal(
        400,
        JSONRPCFailure(.invalidRequest, "what came after this event is no longer kept")
    )

    var response: MCPHTTPResponse {
        var response = MCPHTTPResponse(.failure(id: id, failure), status: status)
        if let allow { response.fields["Allow"] = allow }
        if status == 503 { response.fields["Retry-After"] = "5" }
        return response
    }
}

extension MCPHTTPResponse {
    /// An answer of one message.
    init(_ message: JSONRPCMessage, status: Int = 200) {
        self.init(status: status, fields: ["Content-Type": "application/json"], body: .bytes(message.encoded))
    }

    /// An answer of events.
    init(_ events: any MCPEventSource) {
        self.init(
            status: 200,
            fields: [
                "Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform",
                "X-Accel-Buffering": "no",
            ],
            body: .events(events)
        )
    }
}
