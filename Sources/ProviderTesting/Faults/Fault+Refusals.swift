internal import ProviderKit
internal import TransportKit

/// Answers by which a provider refuses.
extension Fault {
    /// 429, to be tried again after seven seconds.
    public static let rateLimited = refusal(
        "429 with Retry-After in seconds",
        429,
        .failure([.rateLimited], status: 429, retryAfter: .seconds(7)),
        fields: ["Retry-After": "7"]
    )

    /// 429, to be tried again thirty seconds later than its own date.
    public static let rateLimitedUntilDate = refusal(
        "429 with Retry-After as a date",
        429,
        .failure([.rateLimited], status: 429, retryAfter: .seconds(30)),
        fields: ["Date": "Tue, 01 Jan 2030 00:00:00 GMT", "Retry-After": "Tue, 01 Jan 2030 00:00:30 GMT"]
    )

    /// 429, to be tried again after one and a half seconds.
    public static let rateLimitedInMilliseconds = refusal(
        "429 with retry-after-ms",
        429,
        .failure([.rateLimited], status: 429, retryAfter: .milliseconds(1500)),
        fields: ["retry-after-ms": "1500"]
    )

    /// 429, to be tried again after nine seconds, as the error itself says.
    ///
    /// Dialects without a word for it say it in the head.
    public static let rateLimitedInError = Fault(
        "429 with RetryInfo",
        streamed: .failure([.rateLimited], status: 429, retryAfter: .seconds(9)),
        whole: .failure([.rateLimited], status: 429, retryAfter: .seconds(9))
    ) { setting in
        guard setting.dialect == .gemini else {
            return UpstreamAnswer.error(429, fields: ["Retry-After": "9"]).makeSteps(setting.request)
        }
        let error: JSONValue = [
            "error": [
                "code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED",
                "details": [["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "9s"]],
            ]
        ]
        return UpstreamAnswer.json(error, status: 429).makeSteps(setting.request)
    }

    /// 500.
    public static let internalError = refusal("500", 500, .failure([.upstream], status: 500))
    /// 503.
    public static let unavailable = refusal("503", 503, .failure([.overloaded], status: 503))
    /// 529, Anthropic's word for an overload.
    public static let overloaded = refusal("529", 529, .failure([.overloaded], status: 529))
    /// 400.
    public static let badRequest = refusal("400", 400, .failure([.invalidRequest], status: 400))
    /// 401.
    public static let unauthorized = refusal("401", 401, .failure([.authentication], status: 401))
    /// 403.
    public static let forbidden = refusal("403", 403, .failure([.permission], status: 403))
    /// 404.
    public static let notFound = refusal("404", 404, .failure([.notFound], status: 404))

    /// A proxy's error page.
    public static let htmlErrorPage = Fault(
        "502 with an HTML page",
        streamed: .failure([.upstream], status: 502),
        whole: .failure([.upstream], status: 502)
    ) { setting in
        [setting.head(502, type: "text/html", length: page.count), .write(page)]
    }

    /// A refusal without a word.
    public static let emptyErrorBody = Fault(
        "500 with an empty body",
        streamed: .failure([.upstream], status: 500),
        whole: .failure([.upstream], status: 500)
    ) { setting in
        [setting.head(500, length: 0)]
    }

    /// A refusal whose body breaks off.
    public static let cutErrorBody = Fault(
        "500 with a body that breaks off",
        streamed: .failure([.upstream], status: 500),
        whole: .failure([.upstream], status: 500)
    ) { setting in
        [setting.head(500, length: 1000), .write(Array(#"{"error":{"mess"#.utf8)), .close]
    }

    static var refusals: [Fault] {
        [
            rateLimited, rateLimitedUntilDate, rateLimitedInMilliseconds, rateLimitedInError, internalError,
            unavailable, overloaded,
            badRequest, unauthorized, forbidden, notFound, htmlErrorPage, emptyErrorBody, cutErrorBody,
        ]
    }

    static let page = Array("<!DOCTYPE html>\n<html><body><h1>Bad gateway</h1></body></html>\n".utf8)

    private static func refusal(
        _ name: String,
        _ status: Int,
        _ expectation: Expectation,
        fields: HTTPFields = [:]
    ) -> Fault {
        Fault(name, streamed: expectation, whole: expectation) { setting in
            UpstreamAnswer.error(status, fields: fields).makeSteps(setting.request)
        }
    }
}
