public import TransportKit

extension MCPService {
    /// Serves the client at this program's standard input and output, until the client closes them or the calling task is cancelled.
    ///
    /// From then on they belong to the client: what the program prints goes to standard error. What was asked before the end of the input
    /// is answered, if that takes no longer than a second.
    ///
    /// - Parameters:
    ///   - caller: Who the client is said to be.
    ///   - limits: The limits towards the client.
    ///   - group: The event loops, of which one is used.
    /// - Throws: `MCPError` with code `connection`, if there are no such streams.
    public func run(
        as caller: MCPServedClient.Caller = MCPServedClient.Caller(listener: "stdio"),
        limits: MCPServerLimits = MCPServerLimits(),
        group: EventLoopGroup = .shared
    ) async throws(MCPError) {
        let streams = try StandardStreams.takeOver()
        await DescriptorLink.serve(self, at: streams, for: caller, limits: limits, on: group.next())
    }
}
