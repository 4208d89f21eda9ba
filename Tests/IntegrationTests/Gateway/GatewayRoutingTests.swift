import Glibc
import ProviderKit
import ProviderTesting
import Testing
import TransportKit

/// Failover as a caller of the gateway sees it: routes whose first target has every fault, and whose second is well.
@Suite(.timeLimit(.minutes(5))) struct GatewayRoutingTests {
    private static let rescue = "From the second."
    // What a caller did wrong is wrong everywhere; what is too long or refused goes only to those listed for that.
    private static let final: Set<PlexError.Code> = [.invalidRequest, .contextLengthExceeded, .contentFiltered]

    private static func configuration(_ upstream: ScriptedUpstream, _ dialect: WireDialect) -> String {
        var text = upstream.provider("good", dialect)
        for (number, fault) in Fault.all.enumerated() {
            // Each fault has a provider of its own, so that a refused key speaks for no other.
            let timeouts = fault.timeouts.map { limits in
                let values = [("first_byte", limits.firstByte), ("idle", limits.idle), ("total", limits.total)]
                let pairs = values.compactMap { name, limit in
                    limit.map { "\(name) = \"\(Int($0 / .milliseconds(1)))ms\"" }
                }
                return "timeouts = { \(pairs.joined(separator: ", ")) }"
            }
            text += upstream.provider("f\(number)", dialect, more: timeouts ?? "")
            for onStreamCut in ["fail", "hold"] {
                text += """
                    [[routes]]
                    model = "\(onStreamCut) \(fault.name)"
                    targets = ["f\(number)/\(fault.name)", "good/m"]
                    on_stream_cut = "\(onStreamCut)"

                    """
            }
        }
        return text
    }

    @Test(arguments: WireDialect.allCases, [true, false])
    func everyFaultIsOvercomeOrTold(_ dialect: WireDialect, _ isStreamed: Bool) async throws {
        let upstream = try await ScriptedUpstream { request in
            if request.isModelListing { return .models(["m"]) }
            return Fault.all.first { $0.name == request.model }.map { .fault($0) } ?? .text(Self.rescue)
        }
        let gateway = try await GatewayProcess.start(providers: Self.configuration(upstream, dialect))
        await withTaskGroup(of: Void.self) { group in
            for fault in Fault.all {
                guard let expectation = fault.expectation(isStreamed: isStreamed) else { continue }
                for onStreamCut in ["fail", "hold"] {
                    group.addTask {
                        do {
                            let model = "\(onStreamCut) \(fault.name)"
                            if isStreamed {
                                var answer = try await gateway.stream(model)
                                await answer.readToEnd()
                                try Self.check(answer, fault, expectation, mayBeCut: onStreamCut == "fail")
                            } else {
                                Self.check(try await gateway.chat(model), fault, expectation)
                            }
                        } catch {
                            Issue.record("\(fault), \(onStreamCut): \(error)")
                        }
                    }
                }
            }
        }
        await upstream.shutdown()
    }

    /// What must have come: the first's answer, the second's, or an error.
    private static func expected(_ fault: Fault, _ expectation: Fault.Expectation) -> String? {
        switch expectation {
        case .answer: fault.reply.text
        case .failure(let codes, _, _): codes.isDisjoint(with: final) ? rescue : nil
        @unknown default: nil
        }
    }

    private static func check(_ answer: WholeAnswer, _ fault: Fault, _ expectation: Fault.Expectation) {
        if let expected = expected(fault, expectation) {
            #expect(answer.status == 200 && answer.content == expected, "\(fault): \(answer.text.prefix(500))")
        } else {
            #expect(answer.status == 400 && answer.errorCode != nil, "\(fault): \(answer.status) \(answer.text)")
        }
    }

    private static func check(
        _ answer: StreamedAnswer,
        _ fault: Fault,
        _ expectation: Fault.Expectation,
        mayBeCut: Bool
    ) throws {
        let failed = try answer.status != 200 || answer.chunks().contains { $0["error"] != nil }
        guard let expected = expected(fault, expectation) else {
            #expect(failed, "\(fault): \(answer.text.prefix(500))")
            return
        }
        if failed {
            // Only what was begun may be cut; it is the beginning of the first's answer and is not sold as whole.
            #expect(mayBeCut && answer.status == 200, "\(fault): \(answer.status) \(answer.text.suffix(500))")
            let content = try answer.content()
            #expect(!content.isEmpty && fault.reply.text.hasPrefix(content), "\(fault): \(content)")
            #expect(try answer.finishReasons() == [], "\(fault)")
            #expect(try !answer.events().contains("[DONE]"), "\(fault)")
        } else {
            #expect(try answer.content() == expected, "\(fault)")
            #expect(try answer.finishReasons() == ["stop"], "\(fault)")
            #expect(try answer.events().count { $0 == "[DONE]" } == 1, "\(fault)")
        }
    }

    // MARK: Waiting

    @Test func aShortRetryAfterIsWaitedForExactly() async throws {
        try await ScriptedUpstream.run(.error(429, fields: ["Retry-After": "1"]), .text("Hello")) { upstream in
            let gateway = try await GatewayProcess.start(
                providers: upstream.provider("up", more: #"models = ["m"]"#),
                attempts: 2
            )
            let answer = try await gateway.chat("up/m")
            #expect(answer.content == "Hello")
            #expect(answer.fields["x-plex-attempts"] == "2")
            let times = upstream.requests.map(\.time)
            try #require(times.count == 2)
            #expect(times[1] - times[0] >= .seconds(1))
        }
    }

    @Test func aLongRetryAfterIsTheCallersWhenNobodyElseIsThere() async throws {
        try await ScriptedUpstream.run(.error(429, fields: ["Retry-After": "90"])) { upstream in
            let gateway = try await GatewayProcess.start(
                providers: upstream.provider("up", more: #"models = ["m"]"#),
                attempts: 3
            )
            for _ in 0..<2 {
                let answer = try await gateway.chat("up/m")
                // The second time the target is not asked again.
                #expect(answer.status == 429 || answer.status == 503)
                let seconds = try #require(answer.fields["retry-after"].flatMap { Int($0) })
                #expect((60...90).contains(seconds))
            }
            #expect(upstream.requests.count == 1)
        }
    }

    // MARK: Credentials

    @Test func oneDeadKeyStopsNothing() async throws {
        let upstream = try await ScriptedUpstream { request in
            request.fields["authorization"] == "Bearer sk-dead" ? .error(401) : .text("Hello")
        }
        let gateway = try await GatewayProcess.start(
            providers: """
                [[providers]]
                name = "up"
                type = "openai"
                base_url = "\(upstream.baseURL(for: .openAI))"
                models = ["m"]
                credentials = [{ name = "old", api_key = "sk-dead" }, { name = "new", api_key = "sk-alive" }]

                """,
            attempts: 3
        )
        for _ in 0..<6 { #expect(try await gateway.chat("up/m").content == "Hello") }
        let dead = upstream.requests.count { $0.fields["authorization"] == "Bearer sk-dead" }
        #expect(dead == 1, "a refused key is left alone")
        let routes = try await gateway.ask("GET", "/_internal/routes", at: .unixHost).text
        #expect(routes.contains(#""old""#) && !routes.contains("sk-"))
        await upstream.shutdown()
    }

    // MARK: What is kept

    @Test func whoIsToBeLeftAloneStaysSoOverReloadAndRestartUntilReset() async throws {
        let upstream = try await ScriptedUpstream { request in
            request.model == "busy" ? .error(429, fields: ["Retry-After": "600"]) : .text("Hello")
        }
        let folder = try TestFolder()
        let routes = """
            [[routes]]
            model = "route"
            targets = ["up/busy", "up/free"]

            """
        func start() async throws -> GatewayProcess {
            try await GatewayProcess.start(
                providers: upstream.provider("up", more: #"models = ["busy", "free"]"#) + routes,
                routing: #"state = "health.json""#,
                in: folder
            )
        }
        func requestsToBusy() -> Int { upstream.requests.count { $0.model == "busy" } }

        let first = try await start()
        #expect(try await first.chat("route").content == "Hello")
        #expect(try await first.chat("route").content == "Hello")
        #expect(requestsToBusy() == 1)
        first.child.signal(SIGHUP)
        _ = try await first.child.errorLine(containing: "reloaded")
        #expect(try await first.chat("route").content == "Hello")
        #expect(requestsToBusy() == 1)
        first.child.signal(SIGTERM)
        #expect(try await first.child.outcome().status == 0)

        let second = try await start()
        #expect(try await second.chat("route").content == "Hello")
        #expect(requestsToBusy() == 1)
        let reset = try await second.ask("POST", "/_internal/providers/reset", ["provider": "up"], at: .unixHost)
        #expect(reset.json?["reset"] == 1)
        #expect(try await second.chat("route").content == "Hello")
        #expect(requestsToBusy() == 2)
        await upstream.shutdown()
    }
}
