import Modelplex
import ProviderKit
import Testing

@Suite struct PlexTests {
    @Test("an answer carries the attempt that gave it, whole and streamed")
    func attempts() async throws {
        let plex = Plex(providers: [FakeProvider("a")])
        let reply = try await plex.reply(to: "Hello", using: "a/x")
        #expect(reply.text == "a/x")
        #expect(reply.route?.attempts.map(\.provider) == ["a"])
        let streamed = try await plex.stream("Hello", using: "a/x").response()
        #expect(streamed.text == "a/x")
        #expect(streamed.route?.attempts.map(\.model) == ["x"])
    }

    @Test("a failure says who was asked for what")
    func failedAttempt() async throws {
        let plex = Plex(providers: [FakeProvider("a", failure: PlexError(.invalidRequest, "no", status: 422))])
        for attempt in 0..<2 {
            let error = await #expect(throws: PlexError.self) {
                if attempt == 0 {
                    _ = try await plex.reply(to: "Hello", using: "a/x")
                } else {
                    _ = try await plex.stream("Hello", using: "a/x").response()
                }
            }
            #expect(error?.provider == "a")
            #expect(error?.model == "x")
            #expect(error?.attempts.map(\.status) == [422])
        }
    }

    @Test("a stream sends nothing until it is read")
    func lazyStream() async throws {
        let provider = FakeProvider("a")
        let stream = Plex(providers: [provider]).stream("Hello", using: "a/x")
        #expect(provider.requestCount == 0)
        _ = try await stream.response()
        #expect(provider.requestCount == 1)
    }

    @Test("a default model is asked when none is named")
    func defaultModel() async throws {
        let plex = Plex(providers: [FakeProvider("a"), FakeProvider("b")], defaultModel: "b/y")
        #expect(try await plex.reply(to: "Hello").text == "b/y")
    }
}
