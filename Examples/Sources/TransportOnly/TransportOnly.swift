// The HTTP client alone: a body read piece by piece, at the reader's pace.
// Run: swift run TransportOnly http://127.0.0.1:8080/health

import TransportKit

@main
struct TransportOnly {
    static func main() async throws {
        let client = HTTPClient()
        let url = CommandLine.arguments.dropFirst().first ?? "http://127.0.0.1:8080/health"
        let response = try await client.send(HTTPRequest(url: url))
        var size = 0
        for try await piece in response.body {
            size += piece.count
        }
        print("\(response.status), \(size) bytes")
    }
}
