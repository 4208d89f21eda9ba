import GatewayKit
import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@Suite("Access log")
struct AccessLogTests {
    @Test("A request makes one line with what operators ask for")
    func line() {
        #expect(
            text(of: .chat()) == """
                2026-01-31T23:59:59.500Z info access: request request_id=req-1 method=POST \
                route=/v1/chat/completions status=200 outcome=completed duration_ms=1500.0 ttft_ms=500.0 \
                overhead_us=60 provider=openai model=gpt-4o-mini requested_model=fast stream=true \
                input_tokens=12 output_tokens=101 bytes_in=1024 bytes_out=4096 role=guest peer_uid=1000 peer_pid=77

                """
        )
    }

    @Test("Failed attempts stand with their codes, in order")
    func attempts() {
        let record = ExchangeRecord.chat(
            provider: "b",
            model: "m",
            requested: "m",
            attempts: [.failed(.overloaded, "a", "m", status: 503), .failed(.network, "a", "m"), .ok("b", "m")]
        )
        let line = text(of: record)
        #expect(line.contains(" attempts=a:overloaded:503,a:network,b:ok:200 "))
        #expect(!line.contains("requested_model"))
    }

    @Test("What is not known is left out, and an address of IPv6 has brackets")
    func sparse() {
        #expect(
            text(of: .unrouted()) == """
                1970-01-01T00:00:00.001Z info access: request request_id=req-2 method=GET route=none status=404 \
                outcome=failed duration_ms=1.0 bytes_in=0 bytes_out=0 role=host peer=[::1]:4711

                """
        )
    }

    @Test("JSON has numbers as numbers")
    func json() throws {
        let sink = LineSink()
        AccessLog(to: sink, format: .json).record(.chat())
        let value = try JSONValue(parsing: sink.text)
        #expect(value["message"] == "request" && value["logger"] == "access" && value["level"] == "info")
        #expect(value["metadata"]?["status"] == 200)
        #expect(value["metadata"]?["duration_ms"]?.double == 1500)
        #expect(value["metadata"]?["route"] == "/v1/chat/completions")
    }

    @Test("What a caller chose cannot be long, begin a line, end a quote or show a key")
    func hostile() throws {
        let key = "sk-canary0123456789abcdef"
        var record = ExchangeRecord.chat(status: 404, outcome: .failed, requested: ModelID("x\ny\" \(key)"))
        record.requestID = String(repeating: "r", count: 100) + " " + key + String(repeating: "ä", count: 10_000)
        record.caller = "team-secret-7"
        record.errorCode = "e\u{1b}[31m"
        for format in [LogFormat.text, .json] {
            let sink = LineSink()
            AccessLog(to: sink, format: format, redactor: Redactor(secrets: [Secret("secret-7")])).record(record)
            let line = sink.text
            #expect(line.utf8.count < 1000)
            #expect(line.dropLast().utf8.allSatisfy { $0 >= 0x20 } && line.hasSuffix("\n"))
            #expect(!line.contains("canary") && !line.contains("secret-7"))
            #expect(line.contains(#"x\ny\" <secret>"#))
        }
    }

    @Test("A secret that is registered later is taken out too, and the sink's losses are told")
    func laterSecrets() {
        let sink = LineSink()
        let log = AccessLog(to: sink, format: .text)
        let copy = log
        log.register(Secret("hunter22"))
        copy.record(.chat(requested: "is-hunter22"))
        #expect(sink.text.contains(" requested_model=is-<secret> "))
        #expect(log.droppedLines == 7)
    }

    @Test("Through a logger it is one entry at info, and nothing above")
    func logger() {
        let handler = InMemoryLogHandler()
        var logger = Logger(label: "gateway", handler: handler)
        AccessLog(to: logger).record(.chat())
        #expect(handler.events.map(\.message) == ["request"])
        #expect(handler.events.first?.level == .info)
        #expect(handler.events.first?.metadata["duration_ms"] == "1500.0")
        #expect(handler.events.first?.metadata["status"] == "200")
        #expect(handler.events.first?.metadata["provider"] == "openai")
        logger.logLevel = .warning
        AccessLog(to: logger).record(.chat())
        #expect(handler.events.count == 1)
    }

    private func text(of record: ExchangeRecord) -> String {
        let sink = LineSink()
        AccessLog(to: sink, format: .text).record(record)
        return sink.text
    }
}

final class LineSink: LogSink {
    private let bytes = Locked<[UInt8]>([])
    let droppedLines = 7

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    func write(_ line: [UInt8], isUrgent: Bool) {
        bytes.withLock { $0 += line }
    }
}
