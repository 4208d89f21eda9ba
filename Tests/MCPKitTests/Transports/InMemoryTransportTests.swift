import Testing
import TransportKit

@testable import MCPKit

struct InMemoryTransportTests {
    @Test("Messages go both ways, in order, until it is closed, once")
    func carries() async throws {
        let group = EventLoopGroup(count: 1)
        let transport = InMemoryTransport { message, _, peer in
            guard case .request(let id, let method, _) = message else { return }
            peer.send(.notification(method: "seen", params: nil))
            peer.send(.response(id: id, result: .string(method)))
        }
        let (events, sink) = AsyncStream.makeStream(of: TransportEvent.self)
        try await transport.open(on: group.loops[0]) { sink.yield($0) }
        try await transport.send(.request(id: 1, method: "ping", params: nil), MessageContext())
        await transport.close()
        await transport.close()
        var texts: [String] = []
        for await event in events {
            texts.append("\(event)")
            if case .closed = event { break }
        }
        #expect(texts.count == 3)
        #expect(texts[0].contains("seen") && texts[1].contains("ping"))
        await #expect(throws: MCPError.self) {
            try await transport.send(.notification(method: "n", params: nil), MessageContext())
        }
        await #expect(throws: MCPError.self) { try await transport.open(on: group.loops[0]) { _ in } }
        await group.shutdown()
    }
}
