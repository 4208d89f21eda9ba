import ProviderKit
import ProviderTesting
import Testing
import TransportKit

/// Every fault, of a provider of every dialect, as a caller of every dialect sees it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct GatewayFaultMatrixTests {
    private static let secrets = ["sk-canary-matrix-6f1ed002ab55", "canary prompt 95b4b3"]

    /// A provider of each dialect for each fault, so that a key that one refused speaks for no other.
    private static func configuration(_ upstream: ScriptedUpstream) -> String {
        WireDialect.allCases.flatMap { dialect in
            Fault.all.enumerated().map { number, fault in
                upstream.provider(
                    name(dialect, number),
                    dialect,
                    key: secrets[0],
                    more: fault.timeouts.map(Self.limits) ?? ""
                )
            }
        }.joined()
    }

    private static func name(_ dialect: WireDialect, _ number: Int) -> String { "\(dialect.rawValue)-\(number)" }

    private static func limits(_ timeouts: Timeouts) -> String {
        let values = [
            ("first_byte", timeouts.firstByte), ("idle", timeouts.idle), ("total", timeouts.total),
        ]
        let pairs = values.map { name, limit in
            "\(name) = \"\(limit.map { "\(Int($0 / .milliseconds(1)))ms" } ?? "none")\""
        }
        return "timeouts = { \(pairs.joined(separator: ", ")) }"
    }

    @Test("Each fault ends in one right answer or one right error", arguments: WireDialect.allCases, [true, false])
    func eachEndsRight(_ caller: WireDialect, _ isStreamed: Bool) async throws {
        let upstream = try await ScriptedUpstream { request in
            if request.isModelListing { return .models(["m"]) }
            return Fault.all.first { $0.name == request.model }.map { .fault($0) } ?? .error(500)
        }
        let gateway = try await GatewayProcess.start(
            server: #"log_level = "debug""#,
            providers: Self.configuration(upstream)
        )
        var seen: [String] = []
        for provider in WireDialect.allCases {
            seen += await withTaskGroup { group in
                for (number, fault) in Fault.all.enumerated() {
                    guard let expectation = fault.expectation(isStreamed: isStreamed) else { continue }
                    group.addTask {
                        let what = "\(fault), \(provider) to \(caller)"
                        do {
                            let (answer, view) = try await gateway.view(
                                "\(Self.name(provider, number))/\(fault.name)",
                                in: caller,
                                isStreamed: isStreamed,
                                prompt: Self.secrets[1]
                            )
                            Self.check(answer, view, fault, expectation, caller, what)
                            return "\(what): \(answer.fields) \(answer.text)"
                        } catch {
                            Issue.record("\(what): \(error)")
                            return ""
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        // One request of the caller is one request to the provider. Only where a short time is set may it be over before that went out.
        let sent = upstream.requests.filter { !$0.isModelListing }
        let cases = sent.map { "\($0.dialect.map(\.rawValue) ?? "none")/\($0.model ?? "")" }
        let asked = WireDialect.allCases.flatMap { provider in
            Fault.all.filter { $0.expectation(isStreamed: isStreamed) != nil }
                .map { (name: "\(provider.rawValue)/\($0.name)", hasShortTime: $0.timeouts != nil) }
        }
        #expect(cases.count == Set(cases).count, "\(cases.sorted())")
        #expect(Set(cases).subtracting(asked.map(\.name)) == [])
        #expect(asked.filter { !$0.hasShortTime && !cases.contains($0.name) }.map(\.name) == [])

        gateway.child.signal(15)
        let outcome = try await gateway.child.outcome()
        #expect(outcome.status == 0)
        for text in seen + [outcome.output, outcome.errorOutput] {
            for secret in Self.secrets where text.contains(secret) { Issue.record("\(secret) is in \(text)") }
        }
        await upstream.shutdown()
    }

    private static func check(
        _ answer: StreamedAnswer,
        _ view: CallersView,
        _ fault: Fault,
        _ expectation: Fault.Expectation,
        _ caller: WireDialect,
        _ what: String
    ) {
        let end = "\(what): \(answer.status) \(view.errorCodes) \(view.oddities) …\(answer.text.suffix(300))"
        #expect(answer.error == nil, "\(what) broke off: \(String(describing: answer.error))")
        #expect(view.oddities == [], "\(end)")
        switch expectation {
        case .answer:
            #expect(answer.status == 200 && view.isWhole, "\(end)")
            #expect(view.text == fault.reply.text, "\(what): \(view.text.prefix(200))")
            #expect(view.endMarks == (caller.streamHasEndMark ? 1 : 0), "\(end)")
        case .failure(let codes, _, let retryAfter):
            #expect(view.errorCodes.count == 1, "\(end)")
            let names = Set(codes.flatMap(Self.names))
            let code = view.errorCodes.first ?? nil
            #expect(code.map(names.contains) == true, "\(what): \(String(describing: code)) is none of \(names)")
            // What came before is the beginning of what was said, once, and is not sold as whole.
            #expect(fault.reply.text.hasPrefix(view.text), "\(what): \(view.text)")
            #expect(view.finishes == [] && view.endMarks == 0, "\(end)")
            guard answer.status != 200 else { return }
            #expect(codes.map(Self.status).contains(answer.status), "\(end)")
            if let retryAfter {
                let (seconds, rest) = retryAfter.components
                #expect(answer.fields["retry-after"] == "\(seconds + (rest > 0 ? 1 : 0))", "\(end)")
            }
        @unknown default: Issue.record("\(what) has an unknown expectation")
        }
    }

    /// What callers are told for a failure: docs/gateway.md.
    private static func names(_ code: PlexError.Code) -> [String] {
        switch code {
        case .authentication, .permission: ["upstream_authentication"]
        case .rateLimited: ["rate_limit_exceeded"]
        case .notFound: ["model_not_found"]
        default: [code.description]
        }
    }

    private static func status(_ code: PlexError.Code) -> Int {
        if code.timeoutPhase != nil { return 504 }
        return switch code {
        case .invalidRequest: 400
        case .notFound: 404
        case .rateLimited: 429
        case .overloaded: 503
        default: 502
        }
    }
}
