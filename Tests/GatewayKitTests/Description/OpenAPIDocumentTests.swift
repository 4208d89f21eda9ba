import Testing
import TransportKit

@testable import GatewayKit

@Suite("Description/OpenAPIDocument", .timeLimit(.minutes(5)))
struct OpenAPIDocumentTests {
    private static let routes = Surface.routes(
        Observation(version: "1.2.3", loops: 1, accessLog: AccessLog(to: .disabled))
    )

    private func document(of routes: [GatewayRoute] = routes, wantsKey: Bool = false) throws -> JSONValue {
        try OpenAPIDocument(version: "1.2.3", wantsKey: wantsKey).json(of: routes)
    }

    /// All operations of a document: method, path, and what is said of them.
    private func operations(_ document: JSONValue) -> [(method: String, path: String, json: JSONValue)] {
        (document["paths"]?.object?.members ?? []).flatMap { path in
            (path.value.object?.members ?? []).map { ($0.name.uppercased(), path.name, $0.value) }
        }
    }

    @Test("Each route has an operation, and each operation leads to its route")
    func routes() throws {
        let table = RouteTable(Self.routes)
        var reached: Set<String> = []
        let operations = operations(try document())
        for (method, path, _) in operations {
            let asked = path.replacing("{", with: "").replacing("}", with: "")
            guard case .route(let route, _) = table.match(method: method, path: asked, role: .host) else {
                Issue.record("\(method) \(path) leads nowhere")
                continue
            }
            #expect(path.hasPrefix(route.path), "\(method) \(path) leads to \(route.path)")
            reached.insert("\(route.method) \(route.path)")
        }
        for route in Self.routes {
            #expect(!route.operations().isEmpty)
            #expect(reached.contains("\(route.method) \(route.path)"), "\(route.method) \(route.path) is not told of")
        }
        #expect(operations.count == Self.routes.reduce(0) { $0 + $1.operations().count })
    }

    @Test("What it refers to is there, and nothing else; names are unique")
    func references() throws {
        let document = try document()
        var referred: Set<String> = []
        var rest = [document]
        while let value = rest.popLast() {
            switch value {
            case .array(let elements): rest += elements
            case .object(let object):
                rest += object.members.map(\.value)
                guard let reference = object["$ref"]?.string else { continue }
                referred.insert(reference)
                let parts = reference.split(separator: "/").dropFirst().map(String.init)
                let target = parts.reduce(document as JSONValue?) { $0?[$1] }
                #expect(target != nil, "\(reference) is not there")
            default: break
            }
        }
        for schema in document["components"]?["schemas"]?.object?.names ?? [] {
            #expect(referred.contains("#/components/schemas/\(schema)"))
        }
        let names = operations(document).compactMap { $0.json["operationId"]?.string }
        #expect(Set(names).count == operations(document).count)
        for (_, path, json) in operations(document) {
            #expect(json["summary"]?.string?.isEmpty == false)
            let told = (json["parameters"]?.array ?? []).filter { $0["in"] == "path" }.compactMap { $0["name"]?.string }
            let there = path.split(separator: "{").dropFirst().map { String($0.prefix { $0 != "}" }) }
            #expect(told == there)
        }
    }

    @Test("Every schema that is written is used by some route")
    func schemas() throws {
        let used = try document()["components"]?["schemas"]?.object?.names ?? []
        #expect(Set(try DescribedSchemas.read().names) == Set(used))
    }

    @Test("A guest is told of nothing that only hosts may use", arguments: [ListenAddress.Role.guest, .host])
    func audience(role: ListenAddress.Role) async throws {
        let gateway = Gateway(serving: ScriptedProvider())
        let peer = Peer(address: .unknown, role: role)
        let response = await gateway.respond(to: GatewayRequest(method: "GET", path: "/openapi.json", peer: peer))
        #expect(response.status == 200)
        #expect(response.fields["content-type"] == "application/json")
        guard case .bytes(let bytes) = response.body else {
            Issue.record("a stream")
            return
        }
        let document = try JSONValue(parsing: bytes)
        #expect(document["openapi"] == "3.1.0")
        let paths = Set(document["paths"]?.object?.names ?? [])
        #expect(paths.isSuperset(of: ["/v1/chat/completions", "/openapi.json", "/mcp", "/health"]))
        #expect(paths.contains("/v1beta/models/{model}:streamGenerateContent"))
        let isHost = role == .host
        for path in ["/metrics", "/_internal/config", "/mcp/servers", "/mcp/servers/{server}/enable"] {
            #expect(paths.contains(path) == isHost)
        }
        #expect((document["components"]?["schemas"]?["NewToolServer"] != nil) == isHost)
        #expect(String(decoding: bytes, as: UTF8.self).contains("_internal") == isHost)
    }

    @Test("Keys are told of where they are wanted")
    func security() throws {
        #expect(try document()["security"] == nil)
        let document = try document(wantsKey: true)
        #expect(document["security"]?.array?.count == 3)
        #expect(document["components"]?["securitySchemes"]?["bearer"]?["scheme"] == "bearer")
        #expect(document["paths"]?["/health"]?["get"]?["security"] == [])
        #expect(document["paths"]?["/v1/models"]?["get"]?["security"] == nil)
    }
}
