import Testing
import TransportKit

@testable import MCPKit

@Suite("What servers write to standard error")
struct ErrorOutputLogTests {
    private final class Entries: LogHandler {
        let events = Locked<[LogEvent]>([])

        func log(_ event: LogEvent) { events.withLock { $0.append(event) } }

        var lines: [String] {
            events.withLock { $0 }.map { event in
                switch event.metadata["mcp.stderr"] ?? event.metadata["mcp.lines"] {
                case .string(let text)?: text
                default: event.message
                }
            }
        }
    }

    private func log(_ entries: Entries, _ level: Logger.Level = .info) -> ErrorOutputLog {
        ErrorOutputLog(logger: Logger(label: "t", handler: entries, level: level), limit: 1 << 20)
    }

    private func write(_ count: Int, to log: inout ErrorOutputLog) {
        let text = (0..<count).map { "line \($0)\n" }.joined()
        log.append(Array(text.utf8).span, now: LoopInstant(nanoseconds: 0))
    }

    @Test("Of a flood before the server is known the first lines are written, and a count")
    func shortens() {
        let entries = Entries()
        var log = log(entries)
        write(31, to: &log)
        log.agreed()
        #expect(entries.lines == ["line 0", "line 1", "line 2", "28"])
        write(5, to: &log)
        #expect(entries.lines.count == 9)
        log.finish()
        #expect(entries.lines.count == 9)
    }

    @Test("All is written where the server ends before it is known, and at the level debug")
    func keeps() {
        let entries = Entries()
        var log = log(entries)
        write(31, to: &log)
        log.finish()
        #expect(entries.lines == (0..<31).map { "line \($0)" })
        let all = Entries()
        var chatty = self.log(all, .debug)
        write(31, to: &chatty)
        chatty.agreed()
        #expect(all.lines.count == 31)
    }

    @Test("Where it is to be found is said only where it is")
    func place() {
        let entries = Entries()
        var log = log(entries)
        #expect(log.place == "; it wrote nothing to standard error")
        write(1, to: &log)
        #expect(log.place.contains("in the log"))
        var silent = ErrorOutputLog(logger: .disabled, limit: 1 << 20)
        write(1, to: &silent)
        #expect(silent.place == "")
    }
}
