import Testing
import TransportKit

@testable import MCPKit

struct JSONRPCDecoderTests {
    private func decode(_ text: String) -> [JSONRPCDecoder.Finding] {
        var findings: [JSONRPCDecoder.Finding] = []
        JSONRPCDecoder.decode(Array(text.utf8).span) { findings.append($0) }
        return findings
    }

    @Test(
        "Messages are read, whatever their members' order",
        arguments: [
            (#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, JSONRPCMessage.request(id: 1, method: "ping", params: nil)),
            (#"{"method":"a/b","id":"x","params":{"k":1}}"#, .request(id: "x", method: "a/b", params: ["k": 1])),
            (#"{"jsonrpc":"2.0","method":"n","params":[1]}"#, .notification(method: "n", params: [1])),
            (#"{"id":7,"result":{"tools":[]},"jsonrpc":"2.0"}"#, .response(id: 7, result: ["tools": []])),
            (#"{"jsonrpc":"2.0","id":7,"result":null}"#, .response(id: 7, result: nil)),
            (#"{"jsonrpc":"2.0","id":7,"result":1,"error":null}"#, .response(id: 7, result: 1)),
            (
                #"{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no","data":[1]}}"#,
                .failure(id: 7, JSONRPCFailure(.methodNotFound, "no", data: [1]))
            ),
            (
                #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"bad"}}"#,
                .failure(id: nil, JSONRPCFailure(.parseError, "bad"))
            ),
            (
                #"{"jsonrpc":"2.0","id":3,"error":{}}"#,
                .failure(id: 3, JSONRPCFailure(.internalError, "an error without a message"))
            ),
            (#"{"jsonrpc":"2.0","id":3,"error":"odd"}"#, .failure(id: 3, JSONRPCFailure(.internalError, "odd"))),
        ]
    )
    func readsMessages(text: String, message: JSONRPCMessage) {
        #expect(decode(text) == [.message(message)])
    }

    @Test(
        "What is no message is told, with the id it was meant for",
        arguments: [
            ("", nil as JSONRPCID?), ("nonsense", nil), ("{", nil), ("7", nil), (#""text""#, nil), ("[]", nil),
            ("{}", nil),
            (#"{"jsonrpc":"1.0","id":4,"result":1}"#, 4), (#"{"jsonrpc":"2.0","id":4}"#, 4),
            (#"{"jsonrpc":"2.0","id":4,"result":1,"error":{"code":1,"message":""}}"#, 4),
            (#"{"jsonrpc":"2.0","id":1.5,"result":1}"#, nil), (#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, nil),
            (#"{"jsonrpc":"2.0","method":7}"#, nil), (#"{"jsonrpc":"2.0","method":"m","params":"text"}"#, nil),
            (#"{"jsonrpc":"2.0","result":1}"#, nil), (#"{"jsonrpc":"2.0","id":{},"error":{}}"#, nil),
        ]
    )
    func tellsGarbage(text: String, id: JSONRPCID?) {
        let findings = decode(text)
        guard case .garbage(let found, let reason) = findings.first, findings.count == 1 else {
            Issue.record("\(findings)")
            return
        }
        #expect(found == id)
        #expect(!reason.isEmpty)
    }

    @Test("A batch is read message by message, and what is none among them spoils none of them")
    func readsBatches() {
        let findings = decode(#"[{"id":1,"result":1},7,{"method":"n"}]"#)
        #expect(findings.count == 3)
        #expect(findings.first == .message(.response(id: 1, result: 1)))
        #expect(findings.last == .message(.notification(method: "n", params: nil)))
    }

    @Test("A batch has a limit")
    func limitsBatches() {
        let many = "[" + Array(repeating: "1", count: JSONRPCDecoder.maximumBatch + 1).joined(separator: ",") + "]"
        #expect(decode(many).count == 1)
    }

    @Test("Nesting has a limit, and is no crash")
    func limitsDepth() {
        let deep = String(repeating: "[", count: 100_000)
        guard case .garbage = decode(deep).first else {
            Issue.record("a deep text was read")
            return
        }
    }

    @Test(
        "What is written is read as the same, without a line feed in it",
        arguments: [
            JSONRPCMessage.request(
                id: 1,
                method: "tools/call",
                params: ["name": "a\nb", "arguments": ["x": "\r\n\u{2028}"]]
            ),
            .request(id: "a\"b", method: "ping", params: nil), .notification(method: "n", params: [:]),
            .response(id: -5, result: ["content": []]), .failure(id: nil, JSONRPCFailure(.parseError, "bad")),
            .failure(id: 9, JSONRPCFailure(.invalidParams, "no", data: ["k": nil])),
        ]
    )
    func roundTrips(message: JSONRPCMessage) {
        let bytes = message.encoded
        #expect(!bytes.contains(UInt8(ascii: "\n")))
        #expect(decode(String(decoding: bytes, as: UTF8.self)) == [.message(message)])
    }
}
