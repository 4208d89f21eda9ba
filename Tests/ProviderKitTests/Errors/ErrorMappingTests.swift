import ProviderKit
import Testing
import TransportKit

@Suite("Errors of providers")
struct ErrorMappingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int
        var body: String
        var code: PlexError.Code
        var testDescription: String { "\(status) \(body.prefix(60))" }

        init(_ status: Int, _ code: PlexError.Code) {
            self.init(status, "", code)
        }

        init(_ status: Int, _ body: String, _ code: PlexError.Code) {
            self.status = status
            self.body = body
            self.code = code
        }
    }

    static let key = "sk-proj-AbCdEf0123456789xyzWQRT"

    static func context(_ base: String = "https://llm.example.com/v1") throws -> UpstreamContext {
        UpstreamContext(
            .init(
                provider: "p",
                endpoint: try Endpoint(parsing: base),
                scrubber: CredentialScrubber([Secret("Bearer \(key)")])
            ),
            model: "m"
        )
    }

    static func error(
        _ status: Int,
        _ body: String = "",
        fields: HTTPFields = [:],
        base: String = "https://llm.example.com/v1",
        now: Int = 0
    ) throws -> PlexError {
        let details = (try? JSONValue(parsing: body)).flatMap { OpenAIChatDialect().decodeError($0) }
        let answer = RefusedAnswer(status: status, fields: fields, body: Array(body.utf8))
        return try context(base).error(answer, details: details, now: now)
    }

    static func body(_ message: String, code: String = "null") -> String {
        #"{"error":{"message":"\#(message)","type":"t","param":null,"code":\#(code)}}"#
    }

    @Test(arguments: [
        Case(400, body("bad temperature"), .invalidRequest),
        Case(400, body("x", code: #""context_length_exceeded""#), .contextLengthExceeded),
        Case(400, body("This model's maximum context length is 8192 tokens"), .contextLengthExceeded),
        Case(400, #"{"error":{"code":400,"message":"m","type":"exceed_context_size_error"}}"#, .contextLengthExceeded),
        Case(413, body("prompt is too long: 300000 tokens"), .contextLengthExceeded),
        Case(400, body("x", code: #""content_filter""#), .contentFiltered),
        Case(400, body("rejected as a result of our safety system"), .contentFiltered),
        Case(400, body("Incorrect API key provided"), .authentication),
        Case(401, .authentication), Case(401, body("maximum context length"), .authentication),
        Case(402, .quotaExhausted), Case(403, .permission), Case(404, .notFound), Case(408, .upstream),
        Case(409, .upstream), Case(413, .invalidRequest), Case(422, .invalidRequest),
        Case(422, #"{"detail":[{"loc":["body","x"],"msg":"Extra inputs are not permitted"}]}"#, .invalidRequest),
        Case(429, .rateLimited), Case(429, body("x", code: #""insufficient_quota""#), .quotaExhausted),
        Case(429, body("You exceeded your current quota, please check"), .quotaExhausted),
        Case(429, body("Request too large: tokens per minute"), .rateLimited), Case(500, .upstream),
        Case(502, .upstream), Case(503, .overloaded), Case(504, .upstream), Case(529, .overloaded),
        Case(400, body("x", code: #""server_error""#), .invalidRequest), Case(302, .configuration),
        Case(418, .invalidRequest), Case(599, .upstream),
    ])
    func code(_ test: Case) throws {
        let error = try Self.error(test.status, test.body)
        #expect(error.code == test.code)
        #expect(error.status == test.status)
        #expect(error.provider == "p" && error.model == "m")
        #expect(error.message.contains("llm.example.com"))
    }

    @Test(
        "A status that says whose failure it is counts for more than the body's words",
        arguments: [
            (401, "invalid_request_error", .authentication), (403, "api_error", .permission),
            (403, "billing_error", .quotaExhausted), (404, "invalid_request_error", .notFound),
            (422, "api_error", .invalidRequest), (413, "overloaded_error", .invalidRequest),
            (429, "invalid_request_error", .rateLimited), (500, "invalid_request_error", .upstream),
            (500, "overloaded_error", .overloaded), (502, "rate_limit_error", .upstream),
            (503, "invalid_request_error", .overloaded), (529, "api_error", .overloaded),
            (400, "authentication_error", .authentication), (200, "overloaded_error", .overloaded),
        ] as [(Int, String, PlexError.Code)]
    )
    func statusAndWord(status: Int, word: String, code: PlexError.Code) throws {
        let body = try JSONValue(parsing: #"{"type":"error","error":{"type":"\#(word)","message":"m"}}"#)
        let answer = RefusedAnswer(status: status, body: [])
        let details = try #require(AnthropicErrorBody.decode(body))
        #expect(try Self.context().error(answer, details: details).code == code)
    }

    @Test(
        arguments: [
            (413, "INTERNAL", .invalidRequest), (401, "INVALID_ARGUMENT", .authentication),
            (429, "UNAVAILABLE", .rateLimited), (503, "INVALID_ARGUMENT", .overloaded),
            (500, "RESOURCE_EXHAUSTED", .rateLimited), (504, "DEADLINE_EXCEEDED", .upstream),
        ] as [(Int, String, PlexError.Code)]
    )
    func statusAndGeminisWord(status: Int, word: String, code: PlexError.Code) throws {
        let body = try JSONValue(parsing: #"{"error":{"code":\#(status),"status":"\#(word)","message":"m"}}"#)
        let details = try #require(GeminiErrorBody.decode(body))
        #expect(try Self.context().error(RefusedAnswer(status: status, body: []), details: details).code == code)
    }

    @Test(
        arguments: [
            (#"{"error":{"message":"m","type":"t","code":"c"}}"#, "m", "c"),
            (#"{"error":{"message":"m","type":"t"}}"#, "m", "t"),
            (#"{"error":{"message":"m","code":429}}"#, "m", "429"), (#"{"error":"m"}"#, "m", nil),
            (#"{"object":"error","message":"m","type":"t","code":1500}"#, "m", "t"),
            (#"[{"error":{"message":"m"}}]"#, "m", nil),
            (#"{"message":"m","request_id":"r"}"#, "m", nil), (#"{"detail":"m"}"#, "m", nil),
            (#"{"object":"error","message":{"detail":[{"loc":["body","x"],"msg":"no"}]}}"#, "body.x: no", nil),
            (#"{"error":{"message":"m","metadata":{"raw":"why"}}}"#, "m: why", nil),
        ] as [(String, String, String?)]
    )
    func formsOfErrors(body: String, message: String, code: String?) throws {
        let details = try OpenAIChatDialect().decodeError(JSONValue(parsing: body))
        #expect(details?.message == message)
        #expect(details?.providerCode == code)
    }

    @Test(arguments: [
        #"{"choices":[],"error":null}"#, #"{"choices":[],"error":{}}"#, #"{"data":[],"message":"ok"}"#, "[]", "[1,2]",
        #""text""#, #"{"id":"x","error":""}"#,
    ])
    func whatIsNoError(_ body: String) throws {
        #expect(try OpenAIChatDialect().decodeError(JSONValue(parsing: body)) == nil)
    }

    @Test(
        arguments: [
            (["retry-after": "7"], .seconds(7)), (["Retry-After": "0.5"], .milliseconds(500)),
            (["retry-after": "0"], .zero), (["retry-after-ms": "250", "retry-after": "7"], .milliseconds(250)),
            (["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"], .seconds(37)),
            (["retry-after": "Sunday, 06-Nov-94 08:49:37 GMT"], .seconds(37)),
            (["retry-after": "Sun Nov  6 08:49:37 1994"], .seconds(37)),
            (["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT", "date": "Sun, 06 Nov 1994 08:49:30 GMT"], .seconds(7)),
            (["retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"], .zero), (["retry-after": "soon"], nil),
            (["retry-after": "-1"], nil), (["retry-after": "nan"], nil),
            (["retry-after": "Sun, 99 Nov 1994 08:49:37 GMT"], nil),
            (["retry-after": "1e300"], .seconds(1_000_000_000)), ([:], nil),
        ] as [(HTTPFields, Duration?)]
    )
    func retryAfter(fields: HTTPFields, wait: Duration?) throws {
        #expect(try Self.error(429, fields: fields, now: 784_111_740).retryAfter == wait)
    }

    @Test(
        arguments: [
            (["retry-after": "40"], "Wait 40 s, or use another provider."),
            (["retry-after-ms": "1200"], "Wait 2 s, or use another provider."),
            (["retry-after": "0"], "Wait, or use another provider."), ([:], "Wait, or use another provider."),
        ] as [(HTTPFields, String)]
    )
    func theWaitIsTold(fields: HTTPFields, advice: String) throws {
        #expect(try Self.error(429, fields: fields).message.hasSuffix(" \(advice)"))
    }

    @Test(
        arguments: [
            (
                400,
                "local: the provider refused: the conversation does not fit into the model: request (9 tokens) "
                    + "exceeds the context size. Shorten it, or use a model with a longer context."
            ),
            (429, "local: the provider limits the rate of requests. Wait 9 s, or use another provider."),
        ] as [(Int, String)]
    )
    func whatAGatewaySaysIsNotSaidTwice(status: Int, said: String) throws {
        let error = try Self.error(status, Self.body(said), fields: ["retry-after": "8"])
        #expect(error.message == "llm.example.com: \(said)")
    }

    @Test func adviceOnTLSFitsWhatIsWrong() throws {
        func message(_ fault: TLSFault?) throws -> String {
            var error = TransportError(.tls, "no TLS connection to llm.example.com.")
            error.tlsFault = fault
            let told = try Self.context().error(error)
            #expect(told.code == .network && told.isLasting == (fault != nil))
            return told.message
        }
        #expect(try message(.certificate).contains("SSL_CERT_FILE"))
        #expect(try message(.plainText).hasSuffix("Then base_url begins with http://"))
        #expect(try message(.version) == message(nil))
    }

    @Test(arguments: [
        ("Incorrect API key provided: \(key). You can find", "Incorrect API key provided: <secret>. You can find"),
        ("provided: sk-proj-********************WQRT.", "provided: <secret>."), ("sk-pr...WQRT", "<secret>"),
        ("key=\(key)", "<secret>"), ("…\(key.dropFirst(8))", "<secret>"), ("nothing to hide", "nothing to hide"),
        ("\"\(key)\"", "\"<secret>\""),
    ])
    func credentialsAreTakenOut(text: String, scrubbed: String) throws {
        let scrubber = try Self.context().scrubber
        #expect(scrubber.scrub(text) == scrubbed)
    }

    @Test func noFormOfAnErrorShowsTheKey() throws {
        let body = Self.body("Incorrect API key provided: \(Self.key).", code: "\"\(Self.key)\"")
        let error = try Self.error(401, body)
        #expect(!"\(error)".contains("AbCdEf") && !(error.responseBody ?? "").contains("AbCdEf"))
        #expect(error.message.contains("<secret>"))
    }

    @Test func theKeyIsNotCutOpenWhereTheBodyEnds() throws {
        let error = try Self.error(500, String(repeating: "x ", count: 2038) + Self.key + " more")
        #expect((error.responseBody ?? "").utf8.count <= 4096)
        #expect(!(error.responseBody ?? "").contains("sk-proj"))
    }

    @Test func aWebPageIsNamed() throws {
        let page = "<!DOCTYPE html><html><body>Not found</body></html>"
        let error = try Self.error(404, page, fields: ["content-type": "text/html"], base: "https://llm.example.com")
        #expect(error.message.contains("HTML page") && error.message.contains("end in /v1"))
        #expect(try Self.error(502, "").message.contains("empty body"))
    }

    @Test func theRequestsNameIsKept() throws {
        #expect(try Self.error(500, fields: ["X-Request-ID": "r1"]).requestID == "r1")
        #expect(try Self.error(500, fields: ["request-id": "r2"]).requestID == "r2")
    }

    @Test(arguments: [
        (TransportError.Code.resolve, PlexError.Code.network), (.connect, .network), (.tls, .network),
        (.closed, .network),
        (.proxy, .network), (.timeout(.idle), .timeout(.idle)), (.timeout(.connect), .timeout(.connect)),
        (.cancelled, .cancelled), (.invalidURL, .configuration), (.tooLarge, .malformedResponse),
        (.protocolViolation, .malformedResponse), (.tooManyRedirects, .configuration), (.other, .network),
    ])
    func failuresOfTheTransport(code: TransportError.Code, expected: PlexError.Code) throws {
        let error = try Self.context().error(TransportError(code, "why"))
        #expect(error.code == expected)
        #expect(error.underlyingError is TransportError)
        #expect(code == .cancelled || error.message.contains("llm.example.com"))
    }

    @Test func aTimeoutSaysItsLimit() throws {
        let error = try Self.context().error(TransportError(.timeout(.firstByte), ""))
        #expect(error.message.contains("60 s") && error.message.contains("timeouts.first_byte"))
    }
}
