import Glibc
import ProviderTesting
import Testing
import TransportKit

@Suite(.serialized, .timeLimit(.minutes(5))) struct GatewayLoadTests {
    private static let streams = 2000

    @Test func twoThousandStreamsAreHeldOpenAndEndWhole() async throws {
        try Self.raiseDescriptorLimit()
        let gate = Gate()
        let upstream = try await ScriptedUpstream { request in
            request.isModelListing ? .models(["m"]) : .text("Hello there", waitingAt: gate)
        }
        let gateway = try await GatewayProcess.start(
            // The first wait for the last.
            providers: upstream.provider("up", more: #"models = ["m"]"# + "\n" + #"timeouts = { idle = "5m" }"#)
        )
        let reader = try await ChildProcess(
            Rig.python(),
            ["\(Rig.root)/Tests/wire/open_streams.py", gateway.socket(.unixGuest), "\(Self.streams)", "up/m"]
        )
        let opened = try await reader.line(beginningWith: "OPEN ")
        try #require(opened == "OPEN \(Self.streams)", "\(reader.errorOutput)")
        // Others are served meanwhile.
        #expect(try await gateway.ask("GET", "/health").status == 200)
        let status = try await gateway.ask("GET", "/_internal/status", at: .unixHost)
        #expect(status.status == 200)
        gate.open()
        reader.write("on\n")
        #expect(try await reader.line(beginningWith: "WHOLE ") == "WHOLE \(Self.streams)", "\(reader.errorOutput)")
        #expect(upstream.requests.count { !$0.isModelListing } == Self.streams)
        await upstream.shutdown()
    }

    /// Bytes of one event in a chunk of its own.
    private static let event: [UInt8] = {
        let text = String(repeating: "0123456789abcdef", count: 64)
        let data =
            #"data: {"id":"f","object":"chat.completion.chunk","created":1,"model":"m","choices":"#
            + #"[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":null}]}"# + "\n\n"
        return Array("\(String(data.utf8.count, radix: 16))\r\n\(data)\r\n".utf8)
    }()

    @Test(arguments: [GatewayProcess.Listener.unixGuest, .tcpHost])
    func aReaderWhoStopsHoldsAFastUpstreamBack(_ listener: GatewayProcess.Listener) async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        let flood = UpstreamAnswer.steps([.write(Array(head.utf8)), .flood(Self.event)])
        let upstream = try await ScriptedUpstream(sendBuffer: 64 * 1024) { _ in flood }
        let gateway = try await GatewayProcess.start(providers: upstream.provider("up", more: #"models = ["m"]"#))
        // Once to its end, so that what is made on first use is there before memory is compared.
        var warmUp = try await gateway.stream("up/m", at: listener)
        #expect(await warmUp.read(until: "0123456789abcdef"))
        warmUp.leave()
        _ = try await upstream.peerLeft(request: 0)
        let before = try gateway.residentMemory()

        var stream = try await gateway.stream("up/m", at: listener)
        #expect(await stream.readPiece())
        let written = try await upstream.writeBlocked(request: 1)
        // The kernel's buffers of two connections, and what the gateway and the reader hold.
        #expect(written < 16 << 20, "\(written) bytes were taken from the upstream")
        let grown = try gateway.residentMemory() - before
        #expect(grown < 4 << 20, "the gateway grew by \(grown) bytes")

        // A reader who goes on gets on.
        let read = stream.bytes.count
        while stream.bytes.count < read + 2 * written {
            guard await stream.readPiece() else { break }
        }
        #expect(stream.bytes.count >= read + 2 * written)
        stream.leave()
        #expect(try await upstream.peerLeft(request: 1)?.answerWasWhole == false)
        await upstream.shutdown()
    }

    /// The gateway and the upstream have a descriptor for each stream, some two; children inherit the limit.
    private static func raiseDescriptorLimit() throws {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let needed = rlim_t(2 * streams + 500)
        guard limit.rlim_max >= needed else {
            throw RigError(
                description: "this test needs \(needed) open files; the limit is \(limit.rlim_max) (ulimit -Hn)"
            )
        }
        guard limit.rlim_cur < needed else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    @Test("A request of 20 MB passes through in twice its size of memory", arguments: [false, true])
    func largeRequest(isStreamed: Bool) async throws {
        let size = 20 << 20
        let answer: @Sendable (RecordedRequest) -> UpstreamAnswer = { request in
            request.isModelListing ? .models(["m"]) : request.body.count > size ? .text("seen") : .text("small")
        }
        try await ScriptedUpstream.run(answer: answer) { upstream in
            let gateway = try await GatewayProcess.start(
                server: #"max_request_size = "32MiB""#,
                providers: upstream.provider("up")
            )
            func request(_ size: Int) -> JSONValue {
                let image = "data:image/png;base64,iVBORw0KGgo" + String(repeating: "A", count: size)
                let content: JSONValue = [["type": "image_url", "image_url": ["url": .string(image)]]]
                let message: JSONValue = ["role": "user", "content": content]
                return ["model": "up/m", "stream": .bool(isStreamed), "messages": [message]]
            }
            // The same once in small: what a first request of its kind takes for ever, as for code, is not of its size.
            _ = try await gateway.ask("POST", "/v1/chat/completions", request(100))
            let before = try gateway.peakMemory()
            let answer = try await gateway.ask("POST", "/v1/chat/completions", request(size))
            #expect(answer.status == 200 && answer.text.contains("seen"), "\(answer.text.prefix(200))")
            let grown = try gateway.peakMemory() - before
            // Its own bytes twice; where pages end is nobody's.
            #expect(grown <= 2 * size + (256 << 10), "\(Double(grown) / Double(size)) times its size")
        }
    }
}
