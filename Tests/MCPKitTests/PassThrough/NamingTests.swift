import Testing
import TransportKit

@testable import MCPKit

@Suite("Names of a pass-through", .timeLimit(.minutes(5)))
struct NamingTests {
    @Test("Each server has a label of its own that begins a URI, the same in any order")
    func labels() {
        let servers = ["files", "Files", "my files", "my-files", "9to5", "", "ü", "a.b"]
        let labels = ServerLabels(servers)
        let all = servers.compactMap(labels.label)
        #expect(Set(all).count == servers.count)
        #expect(labels.label(of: "files") == "files" && labels.label(of: "my-files") == "my-files")
        #expect(labels == ServerLabels(servers.reversed()))
        for label in all {
            #expect(label.first?.isLetter == true && label.allSatisfy { $0.isASCII && !$0.isUppercase && $0 != "+" })
        }
        for (server, label) in zip(servers, all) {
            for uri in ["file:///a+b", "git+https://x", "", "{scheme}://{x}", "+"] {
                let found = labels.split(ServerLabels.join(label, uri))
                #expect(found?.server == server && found?.rest == uri)
            }
        }
        #expect(labels.split("nobody+file:///a") == nil && labels.split("file:///a") == nil)
    }

    @Test("Progress tokens of any kind are found again")
    func routes() {
        for token: JSONValue in [1, "a+b.c", "", -7] {
            let route = ProgressRoute(session: 12, token: token)
            let text = route.text(Namespace(label: "s"))
            #expect(Namespace(label: "s").inward(text).flatMap(ProgressRoute.init) == route)
        }
        #expect(ProgressRoute("x.1") == nil && ProgressRoute("") == nil)
    }

    /// Random JSON, and none of the members that have a meaning.
    private static func value(_ depth: Int, _ generator: inout some RandomNumberGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .number(JSONNumber(Int.random(in: -1_000_000...1_000_000, using: &generator)))
        case 3: return .number(JSONNumber(Double.random(in: -1...1, using: &generator)))
        case 4: return .string(String((0..<4).map { _ in "aé\"\\\n+:/ü🙂".randomElement(using: &generator) ?? "a" }))
        case 5: return .array((0..<3).map { _ in value(depth - 1, &generator) })
        default: return .object(object(depth - 1, &generator))
        }
    }

    private static func object(_ depth: Int, _ generator: inout some RandomNumberGenerator) -> JSONObject {
        JSONObject(
            (0..<Int.random(in: 0...4, using: &generator)).map { index in
                ("vendor\(index).x/\(Int.random(in: 0...9, using: &generator))", value(depth, &generator))
            }
        )
    }

    @Test("Any parameters and metadata go through unchanged, but for what belongs to a session", arguments: [1, 2, 3])
    func paramsAreWhole(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let own = ["protocolVersion", "clientCapabilities", "clientInfo", "logLevel"].map {
            "io.modelcontextprotocol/\($0)"
        }
        let versions: [ProtocolVersion] = [.v2024_11_05, .v2025_03_26, .v2025_11_25, .v2026_07_28]
        for _ in 0..<500 {
            var (params, metadata) = (Self.object(3, &generator), Self.object(2, &generator))
            let from = versions.randomElement(using: &generator) ?? .v2025_11_25
            let to = versions.randomElement(using: &generator) ?? .v2025_11_25
            let plain = (params, metadata)
            if from.isStateless { for name in own { metadata[name] = [:] } }
            let hasMetadata = !metadata.isEmpty || Bool.random(using: &generator)
            if hasMetadata { params["_meta"] = .object(metadata) }
            let sender = Envelope.Sender(version: from, capabilities: ["sampling": [:]])
            var sent = Envelope.params(params, from: sender, to: to, Namespace(label: "s"))
            var left = sent.removeValue(forName: "_meta")?.object
            if to.isStateless {
                #expect(left?[own[1]] == (from.isStateless ? [:] : ["sampling": [:]]))
                for name in own { left?[name] = nil }
            }
            #expect(sent == plain.0)
            #expect((left ?? [:]) == plain.1)
        }
    }

    @Test("Any result goes through unchanged, but for the URIs that the protocol puts into it", arguments: [4, 5, 6])
    func resultsAreWhole(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let namespace = Namespace(label: "s")
        for _ in 0..<500 {
            var result = Self.object(3, &generator)
            result["_meta"] = .object(Self.object(2, &generator))
            result["structuredContent"] = ["uri": "file:///untouched", "taskId": 1]
            let extra = Self.object(1, &generator)
            var link = extra
            link["type"] = "resource_link"
            link["uri"] = "file:///l"
            let text: JSONValue = ["type": "text", "text": "file:///l", "uri": "file:///no"]
            result["content"] = [text, .object(link), 17]
            var expected = result
            link["uri"] = "s+file:///l"
            expected["content"] = [text, .object(link), 17]
            #expect(namespace.outward(result: result, of: "tools/call") == expected)
            // The era's own mark is all that goes.
            var marked = result
            marked["resultType"] = "complete"
            #expect(Envelope.result(marked, to: .v2025_06_18) == result)
            #expect(Envelope.result(marked, to: .v2026_07_28) == marked)
        }
    }

    @Test("Tasks are namespaced wherever they stand, and led back")
    func tasks() {
        let namespace = Namespace(label: "s")
        let related: JSONObject = ["_meta": ["io.modelcontextprotocol/related-task": ["taskId": "7"]]]
        let result = namespace.outward(result: ["task": ["taskId": "7", "status": "working"]], of: "tools/call")
        #expect(result["task"]?["taskId"] == "s+7")
        #expect(
            namespace.outward(result: ["tasks": [["taskId": "8"]]], of: "tasks/list")["tasks"] == [["taskId": "s+8"]]
        )
        let outward = namespace.outward(notification: related)
        #expect(outward["_meta"]?["io.modelcontextprotocol/related-task"]?["taskId"] == "s+7")
        #expect(Envelope.params(outward, from: nil, to: .v2025_11_25, namespace) == related)
    }
}
