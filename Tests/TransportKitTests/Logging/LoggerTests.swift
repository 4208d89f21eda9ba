import ProviderTesting
import Testing
import TransportKit

@Suite("Logger")
struct LoggerTests {
    @Test("Entries below the level are dropped, and their texts are not made", arguments: Logger.Level.allCases)
    func levels(level: Logger.Level) {
        let handler = InMemoryLogHandler()
        let logger = Logger(label: "test", handler: handler, level: level)
        var made = 0
        func message(_ text: String) -> Logger.Message {
            made += 1
            return "\(text)"
        }
        logger.trace(message("trace"))
        logger.debug(message("debug"))
        logger.info(message("info"))
        logger.notice(message("notice"))
        logger.warning(message("warning"))
        logger.error(message("error"))
        logger.critical(message("critical"))
        let expected = Logger.Level.allCases.filter { $0 >= level }
        #expect(handler.events.map(\.level) == expected)
        #expect(handler.events.map(\.message) == expected.map(\.rawValue))
        #expect(made == expected.count)
        #expect(handler.events.allSatisfy { $0.label == "test" && $0.file == "TransportKitTests/LoggerTests.swift" })
    }

    @Test("Metadata of the entry goes before the logger's, and a copy's changes stay with it")
    func metadata() {
        let handler = InMemoryLogHandler()
        var logger = Logger(label: "test", handler: handler, metadata: ["a": "1", "b": "1"])
        let copy = logger
        logger[metadataKey: "c"] = ["x", ["y": "z"]]
        logger.info("", metadata: ["b": "2"])
        copy.info("")
        #expect(
            handler.events.map(\.metadata) == [["a": "1", "b": "2", "c": ["x", ["y": "z"]]], ["a": "1", "b": "1"]]
        )
        #expect(logger[metadataKey: "a"] == "1")
    }

    @Test("Without a handler a logger is silent, and the current one is that until a task sets another")
    func current() {
        #expect(Logger.Level.allCases.allSatisfy { !Logger.disabled.isEnabled(for: $0) })
        #expect(!Logger.current.isEnabled(for: .critical))
        let handler = InMemoryLogHandler()
        Logger.$current.withValue(Logger(label: "task", handler: handler)) {
            Logger.current.info("in the task")
        }
        Logger.current.info("outside")
        #expect(handler.events.map(\.message) == ["in the task"])
    }

    @Test("Registered secrets and what looks like one reach no handler")
    func redaction() {
        let handler = InMemoryLogHandler()
        let redacting = RedactingLogHandler(handler, secrets: [Secret("hunter22")])
        let logger = Logger(label: "test", handler: redacting)
        redacting.register(Secret("open sesame"))
        logger.info(
            "pw hunter22, open sesame, Bearer abcdef",
            metadata: [
                "a": "hunter22", "b": ["x", .stringConvertible("hunter22"[...])], "c": ["d": "sk-0123456789"],
                "e": .stringConvertible(Secret("canary")),
            ]
        )
        let text = handler.events.map { "\($0.message) \(Logger.MetadataValue.dictionary($0.metadata))" }.joined()
        #expect(
            text
                == "pw <secret>, <secret>, Bearer <secret> "
                + "[a: <secret>, b: [x, <secret>], c: [d: <secret>], e: <secret>]"
        )
    }
}
