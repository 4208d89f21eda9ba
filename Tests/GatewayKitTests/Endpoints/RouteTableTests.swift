import Testing

@testable import GatewayKit

@Suite("Endpoints/RouteTable")
struct RouteTableTests {
    private let table = RouteTable([
        GatewayRoute(method: "GET", path: "/v1/models", endpoint: HealthEndpoint()) { [] },
        GatewayRoute(method: "GET", path: "/v1/models/{model}", endpoint: HealthEndpoint()) { [] },
        GatewayRoute(method: "POST", path: "/v1/chat/completions", endpoint: HealthEndpoint()) { [] },
        GatewayRoute(method: "GET", path: "/metrics", audience: .hosts, endpoint: HealthEndpoint()) { [] },
    ])

    private func outcome(_ method: String, _ path: String, _ role: ListenAddress.Role) -> String {
        switch table.match(method: method, path: path, role: role) {
        case .route(let route, let parameter): parameter.isEmpty ? route.path : "\(route.path) \(parameter)"
        case .wrongMethod(let allowed): "405 \(allowed.joined(separator: ","))"
        case .nothing: "404"
        }
    }

    @Test(
        "A request finds its route",
        arguments: [
            ("GET", "/v1/models", "/v1/models"), ("GET", "/v1/models/", "/v1/models"),
            ("GET", "/models/v1/models", "/v1/models"), ("HEAD", "/v1/models", "/v1/models"),
            ("GET", "/v1/models/a", "/v1/models/{model} a"), ("GET", "/v1/models/p/a", "/v1/models/{model} p/a"),
            ("GET", "/models/v1/models/p%2Fa%20b", "/v1/models/{model} p/a b"), ("GET", "/v1/models/%zz", "404"),
            ("GET", "/v1/models/%ff", "404"), ("GET", "/v1/models/a%00", "404"), ("DELETE", "/v1/models/a", "405 GET"),
            ("GET", "/v1/chat/completions", "405 POST"), ("POST", "/V1/chat/completions", "404"),
            ("POST", "/v1/chat/completions/x", "404"), ("GET", "/", "404"), ("GET", "", "404"),
            ("GET", "/v1/../metrics", "404"), ("GET", "/models/v1", "404"), ("GET", "/metrics", "/metrics"),
        ]
    )
    func routes(method: String, path: String, expected: String) {
        #expect(outcome(method, path, .host) == expected)
    }

    @Test("For guests the operator's paths are not there")
    func guests() {
        #expect(outcome("GET", "/metrics", .guest) == "404")
        #expect(outcome("POST", "/metrics", .guest) == "404")
        #expect(outcome("GET", "/v1/models", .guest) == "/v1/models")
    }
}
