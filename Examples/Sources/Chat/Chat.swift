// Asks a model from the configuration, the environment or this machine, and prints the answer as it comes.
// Run: swift run Chat "Why is the sky red?"

import Modelplex

@main
struct Chat {
    static func main() async throws {
        let plex = try Plex()
        let prompt = CommandLine.arguments.dropFirst().joined(separator: " ")
        for try await event in plex.stream(prompt.isEmpty ? "Hello" : prompt) {
            switch event {
            case .text(let piece): print(piece, terminator: "")
            case .finished(let response): print("\n[\(response.model), \(response.usage?.totalTokens ?? 0) tokens]")
            default: break
            }
        }
    }
}
