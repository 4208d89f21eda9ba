import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@Suite("OpenAI provider over loopback")
struct OpenAIWireTests {
    static func provider(
        _ upstream: ScriptedUpstream,
        timeouts: Timeouts? = nil,
        client: HTTPClient = HTTPClient()
    ) throws -> OpenAIProvider {
        let configuration = ProviderConfiguration(
            id: "openai",
            endpoint: try Endpoint(parsing: upstream.baseURL(for: .openAI)),
            apiKey: Secret("sk-canary-0123456789"),
            timeouts: timeouts ?? Timeouts()
        )
        return OpenAIProvider(configuration: configuration, transport: client)
    }

    static let request = ChatRequest(model: "m", prompt: "Hello")

    @Test(arguments: Fault.all, [false, true])
    func faults(_ fault: Fault, isStreamed: Bool) async throws {
        guard let expectation = fault.expectation(isStreamed: isStreamed) else { return }
        try await ScriptedUpstream.run(.fault(fault)) { upstream in
            let provider = try Self.provider(upstream, timeouts: fault.timeouts)
            let result: Result<ChatResponse, PlexError>
            do throws(PlexError) {
                if isStreamed {
                    result = .success(try await provider.stream(Self.request).response())
                } else {
                    result = .success(try await provider.respond(to: Self.request))
                }
            } catch {
                result = .failure(error)
            }
            switch (expectation, result) {
            case (.answer, .success(let response)): #expect(response.text == fault.reply.text)
            case (.failure(let codes, let status, let wait), .failure(let error)):
                #expect(codes.contains(error.code), "\(error)")
                if let status { #expect(error.status == status) }
                if let wait { #expect(error.retryAfter == wait) }
                #expect(!"\(error) \(error.responseBody ?? "")".contains("canary"))
            default: Issue.record("\(result) instead of \(expectation)")
            }
            #expect(upstream.requests.filter { $0.json != nil }.count == 1, "one call sends one request")
        }
    }

    @Test func streamsFollowEachOtherOnOneConnection() async throws {
        try await ScriptedUpstream.run(.reply(.text("one")), .reply(.text("two")), .reply(.text("three"))) { upstream in
            // Each loop has connections of its own.
            let loops = EventLoopGroup(count: 1)
            let client = HTTPClient(configuration: HTTPClient.Configuration(eventLoopGroup: loops))
            let provider = try Self.provider(upstream, client: client)
            for expected in ["one", "two", "three"] {
                let response = try await provider.stream(Self.request).response()
                #expect(response.text == expected && response.usage != nil)
                // The stream is whole before the body's last chunk is read, which frees the connection.
                while client.statistics.inFlight > 0 { await Task.yield() }
            }
            #expect(upstream.connectionsAccepted == 1)
        }
    }

    @Test func parallelCallsArriveWhole() async throws {
        let reply = ScriptedReply.toolCalls([("a", #"{"x":{"y":"}"}}"#), ("b", "{}")])
        try await ScriptedUpstream.run(.reply(reply), .reply(reply)) { upstream in
            let provider = try Self.provider(upstream)
            let streamed = try await provider.stream(Self.request).response()
            let whole = try await provider.respond(to: Self.request)
            #expect(streamed.toolCalls.map(\.arguments) == [#"{"x":{"y":"}"}}"#, "{}"])
            #expect(streamed.message.content == whole.message.content)
            #expect(streamed.finishReason == .toolCalls && whole.finishReason == .toolCalls)
        }
    }

    @Test func cancellingClosesTheConnection() async throws {
        let stall = Fault.stallBeforeBody
        try await ScriptedUpstream.run(.fault(stall)) { upstream in
            let provider = try Self.provider(upstream)
            let reader = Task { await (try provider.stream(Self.request)).outcome() }
            _ = try await upstream.request(0)
            reader.cancel()
            _ = try? await reader.value
            #expect(try await upstream.peerLeft(request: 0) != nil)
        }
    }
}
