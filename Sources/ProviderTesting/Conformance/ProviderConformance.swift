public import ProviderKit
public import TransportKit

/// Runs a provider through what every provider must do, against a scripted upstream.
///
/// ```swift
/// @Test func myProviderConforms() async {
///     let suite = ProviderConformance(.openAI) { setting in
///         MyProvider(baseURL: setting.baseURL, apiKey: setting.apiKey)
///     }
///     for violation in await suite.run() { Issue.record("\(violation)") }
/// }
/// ```
///
/// A provider that speaks none of the dialects is run through the part that needs no upstream, with
/// `ProviderConformance.check(_:with:)`.
public struct ProviderConformance: Sendable {
    /// What a provider under test is made from.
    public struct Setting: Sendable {
        /// The upstream's base URL for the dialect, as a configuration would give it.
        public var baseURL: String
        /// The same as an endpoint.
        public var endpoint: Endpoint
        /// A key that must reach the upstream and nothing else.
        public var apiKey: Secret
    }

    /// Something that a provider does not do as it must.
    public struct Violation: Sendable, Hashable, CustomStringConvertible {
        /// What was checked.
        public var check: String
        /// What was wrong.
        public var message: String

        /// Both in one line.
        public var description: String { "\(check): \(message)" }
    }

    /// The wire that the provider speaks.
    public let dialect: WireDialect
    /// The model that is asked for.
    public var model: ModelID = "test-model"
    /// Which faults are run.
    public var faults: [Fault] = Fault.all
    /// How long the upstream may wait for the close after a cancellation.
    public var cancellationLimit: Duration = .milliseconds(500)
    /// How long one check may take before it counts as hanging.
    public var checkLimit: Duration = .seconds(20)

    static let key = "sk-conformance-canary-31415926535897"
    static let prompt = "What is the answer, conformance-prompt-2718281828?"

    let makeProvider: @Sendable (Setting) async throws -> any Provider

    /// Makes a suite.
    ///
    /// - Parameters:
    ///   - dialect: The wire that the provider speaks.
    ///   - makeProvider: Makes the provider for an upstream; called for each check.
    public init(_ dialect: WireDialect, makeProvider: @escaping @Sendable (Setting) async throws -> any Provider) {
        self.dialect = dialect
        self.makeProvider = makeProvider
    }

    /// Runs all checks.
    ///
    /// - Returns: What is wrong; empty if the provider conforms.
    public func run() async -> [Violation] {
        await run(checks + faults.flatMap(faultChecks))
    }

    /// Runs the checks of one fault.
    ///
    /// - Parameter fault: The fault.
    /// - Returns: What is wrong; empty if the provider makes of it what it must.
    public func run(_ fault: Fault) async -> [Violation] {
        await run(faultChecks(fault))
    }

    /// Runs checks, a few at a time.
    private func run(_ checks: [Check]) async -> [Violation] {
        await withTaskGroup(of: (Int, [Violation]).self) { group in
            var results = [[Violation]](repeating: [], count: checks.count)
            var next = 0
            func addNext() {
                guard next < checks.count else { return }
                let (index, check) = (next, checks[next])
                next += 1
                group.addTask { (index, await run(check)) }
            }
            for _ in 0..<6 { addNext() }
            while let (index, violations) = await group.next() {
                results[index] = violations
                addNext()
            }
            return results.flatMap { $0 }
        }
    }

    private func run(_ check: Check) async -> [Violation] {
        let messages = await withTaskGroup(of: [String]?.self) { group in
            group.addTask {
                do {
                    return try await check.body(self)
                } catch {
                    return ["it threw \(error)"]
                }
            }
            group.addTask {
                // The guard against a provider that hangs, the one place where real time must pass.
                try? await ContinuousClock().sleep(for: checkLimit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? ["it did not end within \(checkLimit)"]
        }
        return messages.map { Violation(check: check.name, message: $0) }
    }

    struct Check: Sendable {
        var name: String
        var body: @Sendable (ProviderConformance) async throws -> [String]

        init(_ name: String, _ body: @escaping @Sendable (ProviderConformance) async throws -> [String]) {
            self.name = name
            self.body = body
        }
    }

    /// Runs a check's body with an upstream and a provider for it.
    func with(
        _ answers: UpstreamAnswer...,
        body: (ScriptedUpstream, any Provider, inout Findings) async throws -> Void
    ) async throws -> [String] {
        let upstream = try await ScriptedUpstream(answers, models: [model.rawValue, "other-model"])
        var findings = Findings()
        do {
            let baseURL = upstream.baseURL(for: dialect)
            let endpoint = try Endpoint(parsing: baseURL)
            let setting = Setting(baseURL: baseURL, endpoint: endpoint, apiKey: Secret(Self.key))
            try await body(upstream, makeProvider(setting), &findings)
        } catch {
            findings.messages.append("it threw \(error)")
        }
        findings.expect(upstream.malformedInput.isEmpty, "it sent what is not HTTP: \(upstream.malformedInput)")
        await upstream.shutdown()
        return findings.messages
    }

    func request(_ change: (inout ChatRequest) -> Void = { _ in }) -> ChatRequest {
        var request = ChatRequest(model: model, prompt: Self.prompt)
        change(&request)
        return request
    }
}

/// What a check has found wrong.
struct Findings {
    var messages: [String] = []

    mutating func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { messages.append(message()) }
    }

    mutating func expect<Value: Equatable>(_ what: String, _ value: Value, is expected: Value) {
        if value != expected { messages.append("\(what) is \(value), not \(expected)") }
    }

    mutating func expectNoSecret(in error: PlexError, prompt: String) {
        let texts = [error.description, error.message, error.responseBody ?? "", "\(error)"]
        expect(!texts.contains { $0.contains(ProviderConformance.key) }, "the error tells the key")
        expect(!error.description.contains(prompt), "the error's description tells the prompt")
    }
}
