import Testing
import TransportKit

@testable import GatewayKit

@Suite(.timeLimit(.minutes(5)))
struct RequestRunnerTests {
    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

    private enum Local {
        @TaskLocal static var path: String?
    }

    @Test func noRequestIsCancelledForTheOneBefore() async throws {
        let responder = TestResponder { request in
            guard request.path == "/state" else { return nil }
            return GatewayResponse(status: 200, body: .bytes(Array("\(Task.isCancelled)".utf8)))
        }
        try await TestServer.with(responder) { test in
            let leaver = try test.connect()
            try await leaver.send(Self.get("/wait"))
            await test.responder.events.wait(for: "request /wait")
            leaver.closeSending()
            await test.responder.events.wait(for: "cancelled")
            // Its task has ended when its connection has.
            _ = try await leaver.readToEnd()
            for _ in 0..<3 {
                let stayer = try test.connect()
                try await stayer.send(Self.get("/state"))
                #expect(try await stayer.readResponse().body == "false")
            }
        }
    }

    @Test func aRequestSeesNothingOfTheOneBefore() async throws {
        let responder = TestResponder { request in
            let before = Local.path ?? "nobody"
            return Local.$path.withValue(request.path) {
                GatewayResponse(status: 200, body: .bytes(Array(before.utf8)))
            }
        }
        try await TestServer.with(responder) { test in
            let caller = try test.connect()
            for path in ["/a", "/b", "/c"] {
                try await caller.send(Self.get(path))
                #expect(try await caller.readResponse().body == "nobody")
            }
        }
    }

    @Test("more at a time than tasks are kept", arguments: [1, 100])
    func manyAtATime(count: Int) async throws {
        try await TestServer.with { test in
            for _ in 0..<2 {
                var callers: [RawClient] = []
                for number in 0..<count {
                    let caller = try test.connect()
                    try await caller.send(Self.get("/\(number)"))
                    callers.append(caller)
                }
                for (number, caller) in callers.enumerated() {
                    #expect(try await caller.readResponse().body == "GET /\(number) ")
                }
            }
        }
    }
}
