import ProviderKit
import Testing
import TransportKit

@Suite("What a caller is told of a failure")
struct CallerErrorTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var error: PlexError
        var status: Int
        var code: String
        var type: String
        var retryAfter: Duration?

        init(
            _ code: PlexError.Code,
            status: Int? = nil,
            model: ModelID? = nil,
            retryAfter: Duration? = nil,
            _ expected: (status: Int, code: String, type: String),
            waits: Duration? = nil
        ) {
            error = PlexError(code, "it failed", provider: "p", model: model, status: status, retryAfter: retryAfter)
            self.status = expected.status
            self.code = expected.code
            type = expected.type
            self.retryAfter = waits
        }

        var testDescription: String { "\(error) → \(status) \(code)" }
    }

    private static let invalid = "invalid_request_error"

    static let samples: [Sample] = [
        Sample(.invalidRequest, (400, "invalid_request", invalid)),
        Sample(.invalidRequest, status: 400, (400, "invalid_request", invalid)),
        Sample(.invalidRequest, status: 413, (413, "invalid_request", invalid)),
        Sample(.invalidRequest, status: 422, (422, "invalid_request", invalid)),
        Sample(.invalidRequest, status: 405, (400, "invalid_request", invalid)),
        Sample(.authentication, status: 401, (502, "upstream_authentication", "server_error")),
        Sample(.authentication, (502, "upstream_authentication", "server_error")),
        Sample(.permission, status: 403, (502, "upstream_authentication", "server_error")),
        Sample(.notFound, status: 404, model: "m", (404, "model_not_found", "not_found_error")),
        Sample(.notFound, (404, "not_found", "not_found_error")),
        Sample(
            .rateLimited,
            status: 429,
            retryAfter: .seconds(7),
            (429, "rate_limit_exceeded", "rate_limit_error"),
            waits: .seconds(7)
        ),
        Sample(.rateLimited, (429, "rate_limit_exceeded", "rate_limit_error"), waits: .seconds(1)),
        Sample(.quotaExhausted, status: 429, (429, "insufficient_quota", "insufficient_quota"), waits: .seconds(60)),
        Sample(.overloaded, status: 529, (503, "overloaded", "server_error"), waits: .seconds(1)),
        Sample(.upstream, status: 500, (502, "upstream", "server_error")),
        Sample(.upstream, status: 504, (504, "upstream", "server_error")),
        Sample(.network, (502, "network", "server_error")),
        Sample(.timeout(.firstByte), (504, "timeout_first_byte", "server_error")),
        Sample(.timeout(.total), (504, "timeout_total", "server_error")),
        Sample(.malformedResponse, (502, "malformed_response", "server_error")),
        Sample(.streamCut, (502, "stream_cut", "server_error")),
        Sample(.contextLengthExceeded, status: 400, (400, "context_length_exceeded", invalid)),
        Sample(.contentFiltered, status: 400, (400, "content_filter", invalid)),
        Sample(.unsupported, (400, "unsupported", invalid)),
        Sample(.configuration, (500, "configuration", "server_error")),
        Sample(.cancelled, (499, "cancelled", invalid)),
        Sample(.internal, (500, "internal", "server_error")),
    ]

    @Test(arguments: samples)
    func mapping(_ sample: Sample) {
        let error = CallerError(sample.error, requestID: "req_1")
        #expect(error.status == sample.status && error.code == sample.code && error.retryAfter == sample.retryAfter)
        let body = OpenAIChatServed().encodeError(error)["error"]
        #expect(body?["type"]?.string == sample.type)
        #expect(body?["code"]?.string == sample.code)
        #expect(body?["request_id"]?.string == "req_1")
        #expect(
            body?["message"]?.string?.hasPrefix(sample.status == 502 && sample.error.status == 401 ? "the p" : "")
                == true
        )
    }

    @Test func theProvidersWordsOnItsKeyAreNotPassedOn() {
        let error = PlexError(.authentication, "Incorrect API key provided: sk-ab…yz", provider: "p", status: 401)
        #expect(!CallerError(error).message.contains("sk-"))
        #expect(CallerError(error).message.contains("provider p refused the gateway's key"))
    }

    @Test func theFieldIsTold() {
        let error = PlexError(.invalidRequest, "tools[0]: is wrong", parameter: "tools[0]")
        let body = OpenAIChatServed().encodeError(CallerError(error))["error"]
        #expect(body?["param"] == "tools[0]" && body?["request_id"] == .null)
        let unknown = CallerError(PlexError(.notFound, "no such model", model: "m"))
        #expect(unknown.parameter == "model" && unknown.message == "no such model")
    }
}
