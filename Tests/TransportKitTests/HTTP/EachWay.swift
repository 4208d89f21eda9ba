import Testing

/// Runs every test of a suite twice: with libcurl, and without where the client can do without.
struct EachWay: SuiteTrait, TestTrait, TestScoping {
    /// Whether the clients made in this task connect directly.
    @TaskLocal static var isDirect = true

    var isRecursive: Bool { true }

    @concurrent
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        for isDirect in [true, false] {
            try await Self.$isDirect.withValue(isDirect) { try await function() }
        }
    }
}

extension Trait where Self == EachWay {
    static var eachWay: EachWay { EachWay() }
}
