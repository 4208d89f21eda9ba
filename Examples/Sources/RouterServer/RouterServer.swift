// A router in a server: two providers behind one name, served over a Unix socket. While the first does not answer, the second does.
// Run: swift run RouterServer /tmp/models.socket http://127.0.0.1:9000/v1 http://127.0.0.1:8080/v1
// Then, with fields in the answer that tell who gave it: curl -i --unix-socket /tmp/models.socket http://models/v1/chat/completions --json '{"model": "fast", "messages": […]}'

import GatewayKit
import ProviderKit
import RouterKit
import TransportKit

@main
struct RouterServer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4 else {
            print("usage: RouterServer SOCKET FIRST-URL SECOND-URL")
            return
        }
        let transport = HTTPClient()
        func member(_ id: ProviderID, at address: String, priority: Int) throws -> Router.Member {
            let configuration = try ProviderConfiguration(id: id, baseURL: address)
            return .init(
                OpenAIProvider(configuration: configuration, transport: transport),
                priority: priority,
                models: ["tiny"]
            )
        }

        var policy = RoutePolicy(name: "fast", targets: [Target("first", "tiny"), Target("second", "tiny")])
        policy.deadline = .seconds(30)
        let router = try Router(
            [try member("first", at: arguments[2], priority: 1), try member("second", at: arguments[3], priority: 2)],
            rules: RoutingRules(routes: [.init(.model("fast"), policy: policy)])
        )

        let gateway = Gateway(serving: router)
        try await gateway.start(at: [ListenAddress(parsing: "unix:\(arguments[1])?role=guest")])
        print("serving at \(arguments[1])")
        await gateway.wait()
    }
}
