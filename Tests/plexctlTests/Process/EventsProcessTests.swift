import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl serve, watched", .timeLimit(.minutes(5)))
struct EventsProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    private static func configuration(_ baseURL: String, _ models: String = #""a", "b""#) -> String {
        """
        [server]
        drain_timeout = "2m"
        [[providers]]
        name = "up"
        type = "openai"
        base_url = "\(baseURL)"
        api_key = "\(Program.canary)"
        models = [\(models)]
        [routing]
        attempts = 1
        """
    }

    /// The events that a gateway tells, read as they come.
    private final class Watch {
        private var pieces: HTTPBody.AsyncIterator
        private var decoder = SSEDecoder()
        private(set) var text = ""

        init(_ served: ServedProgram, types: String, after id: String? = nil) async throws {
            var request = HTTPRequest(
                method: "GET",
                url: "http://localhost/events?types=\(types)",
                unixSocketPath: served.socket
            )
            if let id { request.fields["last-event-id"] = id }
            let response = try await served.client.send(request)
            #expect(response.status == 200 && response.fields["content-type"] == "text/event-stream")
            pieces = response.body.makeAsyncIterator()
        }

        /// The next event of a type, its name and what it says; `nil` at the end of the stream.
        func next(_ type: String) async throws -> (id: String?, data: JSONValue)? {
            while true {
                while let event = try decoder.next() {
                    if event.event == type { return (event.id, try JSONValue(parsing: event.data)) }
                }
                guard let piece = try await pieces.next() else { return nil }
                text += String(decoding: piece, as: UTF8.self)
                decoder.append(piece)
            }
        }
    }

    @Test("what happens to a provider is told, without prompts and keys, and what was missed is told again")
    func failure() async throws {
        try await ScriptedUpstream.run { _ in
            .error(429, fields: ["retry-after": "600"])
        } body: { upstream in
            let guest = program.scratch.expect("guest.sock")
            let served = try await ServedProgram(
                program,
                Self.configuration(upstream.baseURL(for: .openAI)),
                listeners: ["unix:\(guest)?role=guest"]
            )
            for path in ["/events", "/dashboard"] {
                #expect(try await served.ask("GET", path, at: guest).status == 404)
                #expect(try await served.ask("POST", path, at: served.socket).status == 405)
            }
            #expect(try await served.askAtSocket("GET", "/dashboard").text.hasPrefix("<!doctype html>"))
            let watch = try await Watch(served, types: "request,*.state,configuration.*,gateway.*")
            #expect(try await served.ask("POST", "/v1/chat/completions", ServedProgram.chat("up/a")).status == 429)
            let request = try #require(try await watch.next("request"))
            #expect(request.data["status"] == 429 && request.data["model"] == "a")
            let cooling = try #require(try await watch.next("target.state"))
            #expect(cooling.data["provider"] == "up" && cooling.data["model"] == "a")
            #expect(cooling.data["state"] == "cooling" && cooling.data["previous"] == "ready")
            #expect(cooling.data["until"]?.string?.hasSuffix("Z") == true)
            #expect(try await served.askAtSocket("POST", "/_internal/providers/reset").json?["reset"] == 1)
            #expect(try await watch.next("target.state")?.data["state"] == "ready")
            let again = try await Watch(served, types: "target.state", after: request.id)
            #expect(try await again.next("target.state")?.id == cooling.id)
            served.process.signal(SIGTERM)
            // A gateway that has two minutes to stop does not wait for those who watch.
            #expect(try await watch.next("gateway.stopping")?.data["drain_s"]?.double == 120)
            #expect(try await watch.next("request") == nil)
            let outcome = try await program.outcome(of: served.process)
            #expect(outcome.status == 0)
            #expect(!watch.text.contains("prompt-canary") && !watch.text.contains(Program.canary))
        }
    }

    @Test("a configuration that is put into effect is told, and one that is not")
    func reload() async throws {
        let nowhere = "http://127.0.0.1:9/v1"
        let served = try await ServedProgram(program, Self.configuration(nowhere))
        let watch = try await Watch(served, types: "configuration.*")
        _ = try program.scratch.write(Self.configuration(nowhere, #""c""#), to: "config.toml")
        served.process.signal(SIGHUP)
        #expect(try await watch.next("configuration.reloaded") != nil)
        #expect(try await served.models() == ["c"])
        _ = try program.scratch.write("[[providers]]\nnam = \"up\"\n", to: "config.toml")
        served.process.signal(SIGHUP)
        let refused = try #require(try await watch.next("configuration.refused"))
        #expect(refused.data["problems"]?.array?.contains { $0.string?.contains("did you mean name?") == true } == true)
        #expect(try await served.end().status == 0)
    }
}
