import ProviderKit
import RouterKit
import Testing
import TransportKit

@Suite("What a failure means for the attempts that remain")
struct FailureClassTests {
    static let table: [(PlexError.Code, Int?, FailureClass)] = [
        (.network, nil, .retryable), (.timeout(.connect), nil, .retryable), (.rateLimited, 429, .retryable),
        (.overloaded, 529, .retryable), (.upstream, 500, .retryable), (.streamCut, 200, .retryable),
        (.invalidRequest, 408, .retryable), (.invalidRequest, 409, .retryable), (.invalidRequest, 425, .retryable),
        (.timeout(.firstByte), nil, .elsewhere), (.notFound, 404, .elsewhere), (.unsupported, nil, .elsewhere),
        (.authentication, 401, .credential), (.permission, 403, .credential), (.quotaExhausted, 429, .credential),
        (.contextLengthExceeded, 400, .contextLength), (.contentFiltered, 400, .contentFilter),
        (.invalidRequest, 400, .final), (.invalidRequest, 422, .final), (.cancelled, nil, .final),
    ]

    @Test("each code has its class", arguments: table)
    func codes(code: PlexError.Code, status: Int?, expected: FailureClass) {
        #expect(FailureClass(code, status: status) == expected)
    }

    @Test(
        "a limit, a key or a request says nothing against a target",
        arguments: [
            PlexError.Code.rateLimited, .authentication, .permission, .quotaExhausted, .invalidRequest, .cancelled,
        ]
    )
    func harmless(code: PlexError.Code) {
        #expect(!FailureClass.countsAgainstTarget(code))
    }
}
