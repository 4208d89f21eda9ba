import MCPKit

extension MCPClient {
    /// Does something with the client, and closes it whatever came of that.
    func use<Value>(_ body: (MCPClient) async throws -> Value) async throws -> Value {
        do {
            let value = try await body(self)
            await close()
            return value
        } catch {
            await close()
            throw error
        }
    }
}
