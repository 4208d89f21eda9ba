import Testing
import TransportKit

@testable import MCPKit

@Suite("Events that may be asked for again")
struct EventLogTests {
    private func message(_ text: String) -> JSONRPCMessage { .notification(method: text, params: nil) }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test("Events are read once, with ids, and again from where the reader was")
    func resumption() {
        var log = EventLog(stream: 3)
        log.appendPriming()
        log.append(message("a"))
        #expect(
            text(log.read()) == """
                id: 3-1
                retry: 1000
                data: \n
                id: 3-2
                event: message
                data: {"jsonrpc":"2.0","method":"a"}\n\n
                """
        )
        #expect(log.read() == nil)
        log.append(message("b"))
        log.rewind(to: 1)
        let again = text(log.read())
        #expect(
            again?.contains(#""a""#) == true && again?.contains(#""b""#) == true && again?.contains("retry") == false
        )
    }

    @Test("A stream that nobody can come back to has no ids and keeps nothing that was read")
    func plain() {
        var log = EventLog(stream: nil)
        log.appendPriming()
        log.append(message("a"))
        #expect(text(log.read()) == "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"a\"}\n\n")
        #expect(log.bytes == 0)
    }

    @Test("What is kept is bounded, but for what somebody is about to read and the last event")
    func bounds() {
        var log = EventLog(stream: 0)
        for number in 0..<100 { log.append(message("m\(number)")) }
        log.trim(to: 500, keepsUnread: true)
        #expect(log.unread == log.bytes && log.bytes > 500)
        log.trim(to: 500, keepsUnread: false)
        #expect(log.bytes <= 500)
        #expect(text(log.read())?.contains("m99") == true)
        log.trim(to: 0, keepsUnread: false)
        #expect(log.bytes > 0)
        log.rewind(to: 0)
        #expect(text(log.read())?.contains("m99") == true)
    }

    @Test(
        "Ids of events are read strictly",
        arguments: [("3-17", 3, 17), ("3", nil, nil), ("-1-2", nil, nil), ("a-b", nil, nil), ("1-2-3", nil, nil)]
            as [(String, Int?, Int?)]
    )
    func ids(id: String, stream: Int?, number: Int?) {
        #expect(EventLog.place(of: id)?.stream == stream)
        #expect(EventLog.place(of: id)?.number == number)
    }
}
