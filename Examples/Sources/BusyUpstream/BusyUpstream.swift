// A provider that is always overloaded, to try what one's own program makes of it.
// Run: swift run BusyUpstream, and use the address that it prints as that of an OpenAI-compatible provider

import ProviderTesting

@main
struct BusyUpstream {
    static func main() async throws {
        try await ScriptedUpstream.run(answer: { _ in .error(503, fields: ["Retry-After": "60"]) }) { upstream in
            print("refusing at \(upstream.baseURL(for: .openAI))")
            var count = 0
            while true {
                let request = try await upstream.request(count)
                count += 1
                print("refused \(request.method) \(request.target)")
            }
        }
    }
}
