import ProviderKit
import ProviderTesting
import Testing
import TransportKit

/// Every fault, forwarded: each ends in a right answer or in one right error.
struct ForwardingFaultTests {
    private static let key = "sk-forwarding-canary-31415926"

    private struct Outcome {
        var bytes: [UInt8] = []
        var summary: ForwardSummary?
        var error: PlexError?
        var wasThrownEarly = false
    }

    private func run(_ provider: OpenAIProvider, _ fault: Fault, isStreamed: Bool, asksForUsage: Bool) async throws
        -> Outcome
    {
        let options = asksForUsage ? #","stream_options":{"include_usage":true}"# : ""
        let body = """
            {"model":"fast","messages":[{"role":"user","content":"forwarded prompt"}],"stream":\(isStreamed)\(options)}
            """
        let request = ForwardRequest(
            operation: .openAIChat,
            model: "test-model",
            body: try ScannedBody(scanning: Array(body.utf8)),
            timeouts: fault.timeouts
        )
        var outcome = Outcome()
        do throws(PlexError) {
            guard let answer = try await provider.forward(request) else { return outcome }
            switch answer.body {
            case .translated, .translatedStream, .embeddings: Issue.record("only a router translates")
            case .whole(let bytes, let summary):
                outcome.bytes = bytes
                outcome.summary = summary
            case .stream(let stream):
                do throws(PlexError) {
                    while let piece = try await stream.next() {
                        switch piece {
                        case .events(let bytes):
                            #expect(outcome.summary == nil, "events come after the end")
                            outcome.bytes += bytes
                        case .finished(let summary): outcome.summary = summary
                        }
                    }
                } catch {
                    outcome.error = error
                }
            }
        } catch {
            outcome.error = error
            outcome.wasThrownEarly = true
        }
        return outcome
    }

    private func text(ofStream bytes: [UInt8]) throws -> (text: String, hasUsage: Bool, ends: Int) {
        var decoder = SSEDecoder()
        decoder.append(bytes)
        var (text, hasUsage, ends) = ("", false, 0)
        while let event = try decoder.next() {
            if event.data == Array("[DONE]".utf8) {
                ends += 1
                continue
            }
            #expect(ends == 0, "an event comes after the end mark")
            let chunk = try JSONValue(parsing: event.data)
            text += chunk["choices"]?.array?.first?["delta"]?["content"]?.string ?? ""
            if chunk["usage"] != nil { hasUsage = true }
        }
        #expect(!decoder.hasIncompleteEvent)
        return (text, hasUsage, ends)
    }

    @Test(arguments: Fault.all, [(true, true), (true, false), (false, false)])
    func endsInOneRightOutcome(_ fault: Fault, _ way: (isStreamed: Bool, asksForUsage: Bool)) async throws {
        guard let expectation = fault.expectation(isStreamed: way.isStreamed) else { return }
        let upstream = try await ScriptedUpstream([.fault(fault)])
        let endpoint = try Endpoint(parsing: upstream.baseURL(for: .openAI))
        let provider = OpenAIProvider(
            configuration: ProviderConfiguration(id: "p", endpoint: endpoint, apiKey: Secret(Self.key)),
            transport: HTTPClient()
        )
        let outcome = try await run(provider, fault, isStreamed: way.isStreamed, asksForUsage: way.asksForUsage)
        switch expectation {
        case .answer:
            #expect(outcome.error == nil)
            #expect(outcome.summary?.usage?.outputTokens == fault.reply.outputTokens)
            #expect(outcome.summary?.finishReason == .stop)
            if way.isStreamed {
                let (text, hasUsage, ends) = try text(ofStream: outcome.bytes)
                #expect(text == fault.reply.text)
                #expect(hasUsage == way.asksForUsage)
                #expect(ends == 1)
            } else {
                let body = try JSONValue(parsing: outcome.bytes)
                #expect(body["choices"]?.array?.first?["message"]?["content"]?.string == fault.reply.text)
            }
        case .failure(let codes, let status, let retryAfter):
            let error = try #require(outcome.error)
            #expect(codes.contains(error.code), "\(error.code): \(error)")
            #expect(outcome.summary == nil)
            #expect(outcome.wasThrownEarly == outcome.bytes.isEmpty)
            if status != nil { #expect(error.status == status) }
            #expect(error.retryAfter == retryAfter)
            #expect(error.provider == "p")
            #expect(!"\(error)\(error.responseBody ?? "")".contains(Self.key))
            #expect(!error.description.contains("forwarded prompt"))
            let (_, _, ends) = try text(ofStream: outcome.bytes)
            #expect(ends == 0, "an end mark comes before an error")
        }
        let requests = upstream.requests.count
        #expect(requests == 1 || fault.timeouts != nil && requests == 0)
        await upstream.shutdown()
    }
}
