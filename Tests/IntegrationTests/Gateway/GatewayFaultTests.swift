import ProviderTesting
import Testing
import TransportKit

/// Every fault of an upstream, in each dialect, streamed and whole, as a caller of the gateway sees it.
@Suite(.timeLimit(.minutes(5))) struct GatewayFaultTests {
    /// The name of the provider that has the limits on time that a fault needs.
    private static func provider(_ dialect: WireDialect, _ fault: Fault) -> String {
        guard let timeouts = fault.timeouts else { return dialect.rawValue }
        return "\(dialect.rawValue)-\(["first", "idle", "total"][place(of: timeouts)])"
    }

    private static func place(of timeouts: Timeouts) -> Int {
        timeouts.firstByte != nil ? 0 : timeouts.idle != nil ? 1 : 2
    }

    private static func providers(_ upstream: ScriptedUpstream) -> String {
        let limits =
            ["first": (150, nil, nil), "idle": (nil, 150, nil), "total": (nil, nil, 500)]
            as [String: (Int?, Int?, Int?)]
        return upstream.providers()
            + WireDialect.allCases.flatMap { dialect in
                limits.sorted { $0.key < $1.key }.map { name, limits in
                    let values = [limits.0, limits.1, limits.2].map { $0.map { "\"\($0)ms\"" } ?? "\"none\"" }
                    return upstream.provider(
                        "\(dialect.rawValue)-\(name)",
                        dialect,
                        more: "timeouts = { first_byte = \(values[0]), idle = \(values[1]), total = \(values[2]) }"
                    )
                }
            }.joined()
    }

    @Test(arguments: WireDialect.allCases, [true, false])
    func eachEndsInOneRightOutcome(_ dialect: WireDialect, _ isStreamed: Bool) async throws {
        let upstream = try await ScriptedUpstream { request in
            if request.isModelListing { return .models(["m"]) }
            return Fault.all.first { $0.name == request.model }.map { .fault($0) } ?? .error(500)
        }
        let gateway = try await GatewayProcess.start(providers: Self.providers(upstream))
        await withTaskGroup(of: Void.self) { group in
            for fault in Fault.all {
                guard let expectation = fault.expectation(isStreamed: isStreamed) else { continue }
                group.addTask {
                    do {
                        let model = "\(Self.provider(dialect, fault))/\(fault.name)"
                        if isStreamed {
                            try Self.check(await Self.whole(gateway.stream(model)), fault, expectation)
                        } else {
                            try Self.check(await gateway.chat(model), fault, expectation)
                        }
                    } catch {
                        Issue.record("\(fault): \(error)")
                    }
                }
            }
        }
        // One request of the caller is one request to the provider.
        let models = upstream.requests.filter { !$0.isModelListing }.map { $0.model ?? "" }
        #expect(models.count == Set(models).count, "\(models.sorted())")
        await upstream.shutdown()
    }

    private static func whole(_ answer: StreamedAnswer) async -> StreamedAnswer {
        var answer = answer
        await answer.readToEnd()
        return answer
    }

    private static func check(_ answer: WholeAnswer, _ fault: Fault, _ expectation: Fault.Expectation) throws {
        switch expectation {
        case .answer:
            #expect(answer.status == 200, "\(fault): \(answer.text.prefix(500))")
            #expect(answer.content == fault.reply.text, "\(fault)")
        case .failure(_, _, let retryAfter):
            #expect(answer.status >= 400 && answer.errorCode != nil, "\(fault): \(answer.status) \(answer.text)")
            check(answer.fields, fault, retryAfter)
        @unknown default: Issue.record("\(fault) has an unknown expectation")
        }
    }

    private static func check(_ answer: StreamedAnswer, _ fault: Fault, _ expectation: Fault.Expectation) throws {
        #expect(answer.error == nil, "\(fault)")
        switch expectation {
        case .answer:
            #expect(answer.status == 200, "\(fault): \(answer.text.prefix(500))")
            #expect(try answer.content() == fault.reply.text, "\(fault)")
            #expect(try answer.finishReasons() == ["stop"], "\(fault)")
            #expect(try answer.events().count { $0 == "[DONE]" } == 1, "\(fault)")
        case .failure(_, _, let retryAfter):
            if answer.status == 200 {
                let last = try #require(try answer.chunks().last, "\(fault)")
                #expect(last["error"]?["code"]?.string != nil, "\(fault): \(answer.text.suffix(500))")
                #expect(try answer.chunks().count { $0["error"] != nil } == 1, "\(fault)")
                #expect(try answer.finishReasons() == [], "\(fault)")
                #expect(try !answer.events().contains("[DONE]"), "\(fault)")
            } else {
                #expect(answer.status >= 400, "\(fault)")
                #expect(
                    try JSONValue(parsing: answer.bytes)["error"]?["code"]?.string != nil,
                    "\(fault): \(answer.text)"
                )
                check(answer.fields, fault, retryAfter)
            }
        @unknown default: Issue.record("\(fault) has an unknown expectation")
        }
    }

    private static func check(_ fields: HTTPFields, _ fault: Fault, _ retryAfter: Duration?) {
        guard let retryAfter else { return }
        let (seconds, rest) = retryAfter.components
        #expect(fields["retry-after"] == "\(seconds + (rest > 0 ? 1 : 0))", "\(fault)")
    }
}
