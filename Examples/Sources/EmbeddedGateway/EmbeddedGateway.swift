// A gateway within one's own program, with a model of one's own behind it.
// Run: swift run EmbeddedGateway [SOCKET]
// Then: curl --unix-socket SOCKET http://modelplex/v1/chat/completions --json '{"model": "shout", "messages": […]}'

import GatewayKit
import ProviderKit

/// A model that says what it is told in capitals.
struct ShoutProvider: Provider {
    let id: ProviderID = "own"

    func capabilities(of model: ModelID) async -> Capabilities {
        Capabilities(features: [.streaming])
    }

    func models() async throws(PlexError) -> [Model] {
        [Model(id: "shout", provider: id)]
    }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        guard request.model == "shout" else {
            throw PlexError(.notFound, "there is no model \(request.model); there is shout", provider: id)
        }
        guard let last = request.messages.last else {
            throw PlexError(.invalidRequest, "there is nothing to say louder", provider: id)
        }
        return ChatResponse(
            provider: id,
            model: request.model,
            message: .assistant(last.text.uppercased()),
            finishReason: .stop,
            rawFinishReason: "stop"
        )
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let response = try await respond(to: request)
        let start = StreamStart(provider: id, model: request.model)
        let words = response.text.split(separator: " ", omittingEmptySubsequences: false)
        let pieces = words.enumerated().map { ChatEvent.text($0.offset == 0 ? String($0.element) : " \($0.element)") }
        return ChatStream { Words(events: ([.started(start)] + pieces + [.finished(response)])[...]) }
    }

    private struct Words: ChatEventIterator {
        var events: ArraySlice<ChatEvent>

        mutating func next() async throws(PlexError) -> ChatEvent? {
            events.popFirst()
        }
    }
}

@main
struct EmbeddedGateway {
    static func main() async throws {
        let gateway = Gateway(serving: ShoutProvider())

        // Behind a server that you have already: hand its requests over, and send the answer's pieces as they come.
        let body = """
            {"model": "shout", "stream": true, "messages": [{"role": "user", "content": "hello from within"}]}
            """
        let response = await gateway.respond(
            to: GatewayRequest(
                method: "POST",
                path: "/v1/chat/completions",
                fields: ["content-type": "application/json"],
                body: Array(body.utf8)
            )
        )
        print("status \(response.status)")
        switch response.body {
        case .bytes(let bytes): print(String(decoding: bytes, as: UTF8.self))
        case .stream(let pieces):
            for await piece in pieces { print(String(decoding: piece, as: UTF8.self), terminator: "") }
        @unknown default: break
        }

        // Or with listeners of its own.
        guard let socket = CommandLine.arguments.dropFirst().first else { return }
        try await gateway.start(at: [ListenAddress(parsing: "unix:\(socket)?role=guest")])
        print("serving at \(socket)")
        await gateway.wait()
    }
}
