import ProviderKit
import Testing
import TransportKit

@testable import GatewayKit

@Suite("Events/EventsEndpoint", .timeLimit(.minutes(5)))
struct EventsEndpointTests {
    private static let canary = "prompt-canary"
    private let ask = #"{"model":"one","messages":[{"role":"user","content":"prompt-canary"}]}"#

    /// Reads events of a gateway, one after another.
    private final class Reader {
        private var pieces: GatewayStream.AsyncIterator
        private var decoder = SSEDecoder()
        private(set) var text = ""

        init(_ response: GatewayResponse) throws {
            guard case .stream(let stream) = response.body else { throw NotAStream(status: response.status) }
            #expect(stream.keepAlive == nil)
            pieces = stream.makeAsyncIterator()
        }

        /// The next event of a type; `nil` at the end.
        func next(_ type: String) async throws -> ReadEvent? {
            while true {
                while let event = try decoder.next() {
                    guard event.event == type else { continue }
                    return ReadEvent(type: type, id: event.id, data: try JSONValue(parsing: event.data))
                }
                guard let piece = await pieces.next() else { return nil }
                text += String(decoding: piece, as: UTF8.self)
                decoder.append(piece)
            }
        }
    }

    private struct NotAStream: Error { var status: Int }

    private func gateway(_ provider: ScriptedProvider = ScriptedProvider()) -> Gateway {
        Gateway(serving: provider, logger: Logger(label: "test"))
    }

    @Test("A provider that fails is told of, and the request that it failed, without what was asked")
    func failure() async throws {
        var provider = ScriptedProvider()
        provider.answer = { _ throws(PlexError) in
            throw PlexError(.authentication, "the key was refused", provider: "scripted", model: "one", status: 401)
        }
        let gateway = gateway(provider)
        let response = await gateway.respond(to: .get("/events"))
        #expect(response.status == 200 && response.fields["content-type"] == "text/event-stream")
        #expect(response.fields["cache-control"] == "no-store")
        let reader = try Reader(response)
        _ = await gateway.respond(to: .post("/v1/chat/completions", ask))
        let request = try #require(try await reader.next("request"))
        #expect(request.data["route"] == "/v1/chat/completions" && request.data["status"] == 502)
        #expect(request.data["error"] == "upstream_authentication" && request.data["provider"] == "scripted")
        #expect(request.data["duration_ms"]?.double != nil && request.data["time"]?.string?.hasSuffix("Z") == true)
        let state = try #require(try await reader.next("provider.state"))
        #expect(state.data["provider"] == "scripted" && state.data["state"] == "unavailable")
        #expect(state.data["reason"] == "authentication: it refuses the key")
        #expect(!reader.text.contains(Self.canary))
        await gateway.stop(drain: .zero)
        #expect(try await reader.next("gateway.stopping") != nil)
        #expect(try await reader.next("request") == nil)
        #expect(await gateway.respond(to: .get("/events")).status == 503)
    }

    @Test("Probes and changes of the configuration are told of")
    func probes() async throws {
        let gateway = gateway()
        let query = "a=b&types=provider.*%2Cconfiguration.*"
        let reader = try Reader(await gateway.respond(to: .get("/events", query: query)))
        _ = await gateway.respond(to: .get("/v1/health", query: "probe=true"))
        let probe = try #require(try await reader.next("provider.probe"))
        #expect(probe.data["provider"] == "scripted" && probe.data["ok"] == true && probe.data["models"] == 2)
        #expect(try await reader.next("provider.state")?.data["state"] == "healthy")
        gateway.replace(serving: ScriptedProvider(), options: Gateway.Options())
        #expect(try await reader.next("configuration.reloaded") != nil)
        gateway.noteRefusedConfiguration(["config.toml:3: sk-proj-abcdefghijklmnopqrstuvwxyz0123456789 is no URL"])
        let refused = try #require(try await reader.next("configuration.refused"))
        let problem = try #require(refused.data["problems"]?.array?.first?.string)
        #expect(problem.hasPrefix("config.toml:3: ") && !problem.contains("abcdefghij"))
        #expect(!reader.text.contains("event: request") && !reader.text.contains("event: metrics"))
        await gateway.stop(drain: .zero)
    }

    @Test("Who comes back gets what it has missed")
    func comingBack() async throws {
        let gateway = gateway()
        let first = try Reader(await gateway.respond(to: .get("/events", query: "types=request")))
        _ = await gateway.respond(to: .get("/health"))
        let id = try #require(try await first.next("request")?.id)
        _ = await gateway.respond(to: .get("/v1/models"))
        #expect(try await first.next("request")?.data["route"] == "/v1/models")
        var again = GatewayRequest.get("/events", query: "types=request")
        again.fields["last-event-id"] = id
        let second = try Reader(await gateway.respond(to: again))
        #expect(try await second.next("request")?.data["route"] == "/v1/models")
        await gateway.stop(drain: .zero)
    }

    @Test("Readers are counted, and not any more when they are gone")
    func counted() async throws {
        let gateway = gateway()
        func count() async -> String? {
            let text = await gateway.respond(to: .get("/metrics")).text()
            return text.split(separator: "\n").first { $0.hasPrefix("modelplex_event_readers ") }.map(String.init)
        }
        #expect(await count() == "modelplex_event_readers 0")
        do {
            let response = await gateway.respond(to: .get("/events"))
            guard case .stream(let stream) = response.body else { throw NotAStream(status: response.status) }
            #expect(await count() == "modelplex_event_readers 1")
            stream.cancel()
            #expect(await count() == "modelplex_event_readers 0")
        }
        // One that nobody reads.
        _ = await gateway.respond(to: .get("/events"))
        #expect(await count() == "modelplex_event_readers 0")
        let status = try await gateway.respond(to: .get("/_internal/status")).json()
        #expect(status["event_readers"] == 0 && status["events_dropped"] == 0)
    }

    @Test("Nobody reads a HEAD's answer, and what is no type of event is refused")
    func head() async throws {
        let gateway = gateway()
        let head = await gateway.respond(to: GatewayRequest(method: "HEAD", path: "/events", peer: .host))
        #expect(head.status == 200 && head.fields["content-type"] == "text/event-stream")
        guard case .bytes(let bytes) = head.body else { throw NotAStream(status: head.status) }
        #expect(bytes.isEmpty)
        let refused = await gateway.respond(to: .get("/events", query: "types=nothing"))
        #expect(refused.status == 400)
        let error = try await refused.json()["error"]
        #expect(error?["param"] == "types" && error?["message"]?.string?.contains("provider.state") == true)
    }

    @Test("Each path is there for hosts, and for guests unless it is the operator's", arguments: [true, false])
    func surface(isHost: Bool) async throws {
        let gateway = gateway()
        let accessLog = AccessLog(to: .disabled)
        let routes = Surface.routes(Observation(version: "1", loops: 1, accessLog: accessLog))
        #expect(Set(routes.map(\.path)).isSuperset(of: ["/events", "/dashboard", "/metrics", "/_internal/status"]))
        for route in routes {
            let path = route.path.replacing("{", with: "").replacing("}", with: "")
            let peer = Peer(address: .unknown, role: isHost ? .host : .guest)
            let options = await gateway.respond(to: GatewayRequest(method: "OPTIONS", path: path, peer: peer))
            let isThere = route.audience == .everybody || isHost
            let methods = options.fields["allow"]?.split(separator: ", ").map(String.init) ?? []
            #expect(methods.contains(route.method) == isThere, "\(route.method) \(route.path)")
            guard ["/events", "/dashboard"].contains(path) else { continue }
            #expect(options.status == (isThere ? 204 : 404))
            let posted = await gateway.respond(to: GatewayRequest(method: "POST", path: path, peer: peer))
            #expect(posted.status == (isThere ? 405 : 404) && posted.fields["allow"] == (isThere ? "GET" : nil))
            let head = await gateway.respond(to: GatewayRequest(method: "HEAD", path: path, peer: peer))
            #expect(head.status == (isThere ? 200 : 404))
        }
    }
}

extension Peer {
    fileprivate static let host = Peer(address: .unknown, role: .host)
}
