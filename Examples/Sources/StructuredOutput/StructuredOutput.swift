// A value instead of text: the model's schema is made of the type, and what it writes is read as one.
// Run: swift run StructuredOutput "Ada Lovelace, born 1815"

import Modelplex

struct Person: Codable, Sendable {
    var name: String
    var born: Int
}

@main
struct StructuredOutput {
    static func main() async throws {
        let plex = try Plex()
        let prompt = CommandLine.arguments.dropFirst().joined(separator: " ")
        do {
            let reply = try await plex.reply(
                to: prompt.isEmpty ? "Ada Lovelace, born 1815" : prompt,
                as: Person.self
            )
            print("name: \(reply.value.name), born: \(reply.value.born)")
        } catch {
            guard error.code == .malformedResponse else { throw error }
            // A small model may begin well and not come to an end; what it said is in the error.
            print("That was no person: \(error.message)")
        }
    }
}
