public import ProviderKit
internal import TransportKit

/// Checks of how exchanges end: faults, cancellation, and no request too many.
extension ProviderConformance {
    func faultChecks(_ fault: Fault) -> [Check] {
        [true, false].compactMap { isStreamed in
            guard let expectation = fault.expectation(isStreamed: isStreamed) else { return nil }
            return Check("\(fault.name), \(isStreamed ? "streamed" : "whole")") {
                try await $0.check(fault, expectation, isStreamed: isStreamed)
            }
        }
    }

    private func check(_ fault: Fault, _ expectation: Fault.Expectation, isStreamed: Bool) async throws -> [String] {
        try await with(.fault(fault)) { upstream, provider, findings in
            let request = request { $0.timeouts = fault.timeouts }
            var response: ChatResponse?
            var failure: PlexError?
            do throws(PlexError) {
                if isStreamed {
                    let transcript = await StreamTranscript(recording: try await provider.stream(request))
                    findings.messages += transcript.violations
                    response = transcript.response
                    failure = transcript.error
                } else {
                    response = try await provider.respond(to: request)
                }
            } catch {
                failure = error
            }
            switch expectation {
            case .answer:
                if let failure { findings.messages.append("it failed: \(failure.code): \(failure)") }
                findings.expect(response?.text == fault.reply.text, "the text is not the one that was sent")
                findings.expect("the output tokens", response?.usage?.outputTokens, is: fault.reply.outputTokens)
            case .failure(let codes, let status, let retryAfter):
                findings.expect(response == nil, "it gave an answer")
                guard let failure else { return findings.messages.append("it did not fail") }
                let wanted = codes.map(\.description).sorted().joined(separator: " or ")
                findings.expect(codes.contains(failure.code), "the code is \(failure.code), not \(wanted): \(failure)")
                if status != nil { findings.expect("the status", failure.status, is: status) }
                findings.expect("the wait", failure.retryAfter, is: retryAfter)
                findings.expect("the error's provider", failure.provider, is: provider.id)
                findings.expectNoSecret(in: failure, prompt: Self.prompt)
            }
            // On a busy machine a limit may be over before the request is out.
            let requests = upstream.requests.count
            findings.expect(requests == 1 || fault.timeouts != nil && requests == 0, "it sent \(requests) requests")
        }
    }

    var endings: [Check] {
        [
            Check("cancelled before the head, whole") { try await $0.checkCancellation(isStreamed: false) },
            Check("cancelled before the head, streamed") { try await $0.checkCancellation(isStreamed: true) },
            Check("cancelled midway") { try await $0.checkCancellationMidway() },
            Check("dropped midway") { try await $0.checkDrop() },
            Check("cancelled before it began") { try await $0.checkCancelledTask() },
            Check("a kept connection that closes") { try await $0.checkKeptConnection() },
            Check("connections are kept") { try await $0.checkReuse() },
        ]
    }

    private func checkCancellation(isStreamed: Bool) async throws -> [String] {
        try await with(.stall) { upstream, provider, findings in
            let request = request()
            let task = Task { () -> PlexError? in
                do throws(PlexError) {
                    if isStreamed {
                        return await StreamTranscript(recording: try await provider.stream(request)).error
                    }
                    _ = try await provider.respond(to: request)
                    return nil
                } catch {
                    return error
                }
            }
            _ = try await upstream.request(0)
            let start = upstream.elapsed
            task.cancel()
            findings.expect("the error's code", await task.value?.code, is: .cancelled)
            try await checkDeparture(from: upstream, since: start, &findings)
        }
    }

    private func checkDeparture(
        from upstream: ScriptedUpstream,
        since start: Duration,
        _ findings: inout Findings
    ) async throws {
        guard let departure = try await upstream.peerLeft(request: 0) else {
            return findings.messages.append("the upstream closed first")
        }
        let time = departure.time - start
        findings.expect(time <= cancellationLimit, "the upstream saw the close only after \(time)")
        findings.expect("the number of requests", upstream.requests.count, is: 1)
    }

    private func checkCancellationMidway() async throws -> [String] {
        let gate = Gate()
        return try await with(.text("Hello there", waitingAt: gate)) { upstream, provider, findings in
            let request = request()
            let task = Task { () -> ([ChatEvent], PlexError?) in
                var events: [ChatEvent] = []
                do throws(PlexError) {
                    for try await event in try await provider.stream(request) { events.append(event) }
                    return (events, nil)
                } catch {
                    return (events, error)
                }
            }
            try await gate.waitUntilReached()
            let start = upstream.elapsed
            task.cancel()
            let (events, error) = await task.value
            findings.expect("the error's code", error?.code, is: .cancelled)
            let isFinished = events.contains { if case .finished = $0 { true } else { false } }
            findings.expect(!isFinished, "a cancelled stream finished")
            try await checkDeparture(from: upstream, since: start, &findings)
        }
    }

    private func checkDrop() async throws -> [String] {
        let gate = Gate()
        return try await with(.text("Hello there", waitingAt: gate)) { upstream, provider, findings in
            func readFirstText() async throws {
                for try await event in try await provider.stream(request()) {
                    if case .text = event { return }
                }
            }
            try await readFirstText()
            let start = upstream.elapsed
            try await checkDeparture(from: upstream, since: start, &findings)
        }
    }

    private func checkCancelledTask() async throws -> [String] {
        try await with(.text("Hello")) { upstream, provider, findings in
            let request = request()
            let task = Task { () -> PlexError.Code? in
                while !Task.isCancelled { await Task.yield() }
                do throws(PlexError) {
                    _ = try await provider.respond(to: request)
                    return nil
                } catch {
                    return error.code
                }
            }
            task.cancel()
            findings.expect("the error's code", await task.value, is: .cancelled)
        }
    }

    private func checkKeptConnection() async throws -> [String] {
        try await with(.text("one"), .fault(.closeBeforeHead), .text("three")) { upstream, provider, findings in
            _ = try await provider.respond(to: request())
            do throws(PlexError) {
                _ = try await provider.respond(to: request())
                findings.messages.append("a request was sent twice in secret")
            } catch {
                findings.expect("the error's code", error.code, is: .network)
            }
            findings.expect("the number of requests", upstream.requests.count, is: 2)
        }
    }

    private func checkReuse() async throws -> [String] {
        try await with(.text("one"), .error(429), .text("three"), .text("four"), .text("five"), .text("six")) {
            upstream,
            provider,
            findings in
            // A loop keeps connections of its own, so all requests are made on one.
            try await withTaskExecutorPreference(EventLoopGroup.shared.loops[0]) {
                _ = try await provider.respond(to: request())
                _ = try? await provider.respond(to: request())
                for _ in 0..<4 { _ = await StreamTranscript(recording: try await provider.stream(request())) }
            }
            // The end of a stream's body may be on its way still when the next request goes out.
            let connections = upstream.connectionsAccepted
            findings.expect(connections <= 3, "\(connections) connections were opened for 6 requests")
        }
    }
}

extension ProviderConformance {
    /// Checks what needs no upstream: that a provider answers a request whole and streamed, and keeps the stream contract.
    ///
    /// - Parameters:
    ///   - provider: The provider.
    ///   - request: A request that it answers.
    /// - Returns: What is wrong; empty if all is well.
    public static func check(_ provider: any Provider, with request: ChatRequest) async -> [Violation] {
        var findings = Findings()
        do {
            let response = try await provider.respond(to: request)
            findings.expect("the answer's provider", response.provider, is: provider.id)
            findings.expect("the answer's role", response.message.role, is: .assistant)
            findings.expect(!response.message.content.isEmpty, "the answer is empty")
        } catch {
            findings.messages.append("respond failed: \(error)")
        }
        do {
            let transcript = await StreamTranscript(recording: try await provider.stream(request))
            findings.messages += transcript.violations
            if let error = transcript.error { findings.messages.append("the stream failed: \(error)") }
            findings.expect("the streamed answer's provider", transcript.response?.provider, is: provider.id)
        } catch {
            findings.messages.append("stream failed: \(error)")
        }
        do {
            let models = try await provider.models()
            findings.expect(models.allSatisfy { $0.provider == provider.id }, "a model names another provider")
            findings.expect(Set(models.map(\.id)).count == models.count, "a model is listed twice")
        } catch {
            findings.messages.append("models failed: \(error)")
        }
        _ = await provider.capabilities(of: request.model)
        return findings.messages.map { Violation(check: "provider \(provider.id)", message: $0) }
    }
}
