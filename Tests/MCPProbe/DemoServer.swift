import MCPKit
import ProviderKit
import TransportKit

struct Numbers: Decodable, Sendable {
    var a: Int
    var b: Int
}

struct Sum: Codable, Sendable {
    var sum: Int
}

struct Person: Codable, Sendable {
    var name: String
}

/// A server with one of everything, for the clients of other people.
func makeDemoServer() -> MCPServer {
    let server = MCPServer("demo", version: "1.2", instructions: "Be kind.", pageSize: 3)
    let offers: () -> [MCPServerOffer] = { demoTools(of: server) + demoPromptsAndResources() }
    do {
        try server.add { offers() }
    } catch {
        print("the demo server is wrong: \(error)")
    }
    return server
}

@MCPServerBuilder
private func demoTools(of server: MCPServer) -> [MCPServerOffer] {
    Tool("add", "Adds two numbers.") { (numbers: Numbers) in numbers.a + numbers.b }
    MCPServerTool("add_typed", "Adds two numbers.", title: "Add", annotations: ["readOnlyHint": true]) {
        (numbers: Numbers, _: MCPCallContext) in
        Sum(sum: numbers.a + numbers.b)
    }
    MCPServerTool("work", "Takes some steps.") { context in
        for step in 1...3 { await context.report(Double(step), of: 3, "step \(step)") }
        await context.log("warning", "almost done")
        return "done"
    }
    MCPServerTool("greet", "Asks who is there.") { context in
        guard let person = try await context.elicit("Who are you?", as: Person.self) else { return "Hello, whoever." }
        return "Hello, \(person.name)."
    }
    MCPServerTool("ask_model", "Asks the client's model.") { context in try await context.sample("Say hi.") }
    MCPServerTool("wait", "Never ends by itself.") { _ in
        for await _ in AsyncStream<Never>.makeStream().stream {}
        try Task.checkCancellation()
        return "it ended"
    }
    MCPServerTool("fail", "Fails.") { (_: MCPCallContext) throws -> String in throw DemoError.onPurpose }
    MCPServerTool("grow", "Adds a tool.") { [weak server] _ in
        try server?.add { Tool("grown", "Was not there before.") { "here" } }
        server?.resourceChanged("demo://motd")
        print("what is printed must not reach the client")
        return "grown"
    }
}

private enum DemoError: Error {
    case onPurpose
}

@MCPServerBuilder
private func demoPromptsAndResources() -> [MCPServerOffer] {
    MCPServerPrompt(
        "review",
        "Reviews a text.",
        arguments: [MCPPrompt.Argument("text", "What is reviewed.", isRequired: true), MCPPrompt.Argument("tone")],
        completions: ["tone": { value, _ in ["gentle", "grumpy", "harsh"].filter { $0.hasPrefix(value) } }]
    ) { arguments in
        "Review this in a \(arguments["tone"] ?? "plain") tone: \(arguments["text"] ?? "")"
    }
    MCPServerResource("demo://motd", name: "motd", mediaType: "text/plain") { _ in .text("Hello, world.") }
    MCPServerResource(template: "demo://users/{id}/icon", name: "icon", mediaType: "image/png") { variables, _ in
        guard variables["id"] != "0" else { throw JSONRPCFailure(.resourceNotFound, "there is no such user") }
        return .bytes(Array((variables["id"] ?? "").utf8))
    }
}
