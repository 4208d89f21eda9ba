public import MCPKit
public import ProviderKit

extension Plex {
    /// Answers a conversation by a model that may use tools.
    ///
    /// - Parameters:
    ///   - request: What is asked; an empty model name is the default model.
    ///   - box: The tools.
    ///   - limits: What may be used at most.
    ///   - approve: Decides on each call; by default all are approved.
    /// - Returns: The answer, and the way to it.
    /// - Throws: `PlexError`.
    public func respond(
        to request: ChatRequest,
        using box: ToolBox,
        limits: ToolLoopLimits = ToolLoopLimits(),
        approve: @escaping ToolLoop.Approval = { _ in .approved }
    ) async throws(PlexError) -> ToolLoopResult {
        try await ToolLoop(asking: PlexProvider(plex: self), with: box, limits: limits, approve: approve)
            .answer(request)
    }

    /// Answers a conversation by a model that may use tools, as a stream of what happens.
    ///
    /// - Parameters:
    ///   - request: What is asked; an empty model name is the default model.
    ///   - box: The tools.
    ///   - limits: What may be used at most.
    ///   - isStreaming: Whether the model is asked for its answers in pieces.
    ///   - approve: Decides on each call; by default all are approved.
    /// - Returns: The events; reading them drives the loop.
    public func events(
        for request: ChatRequest,
        using box: ToolBox,
        limits: ToolLoopLimits = ToolLoopLimits(),
        isStreaming: Bool = true,
        approve: @escaping ToolLoop.Approval = { _ in .approved }
    ) -> ToolLoopEvents {
        ToolLoop(asking: PlexProvider(plex: self), with: box, limits: limits, approve: approve)
            .events(for: request, isStreaming: isStreaming)
    }
}

// Unlike the gateway's provider it takes the default model where none is named.
private struct PlexProvider: Provider {
    let plex: Plex

    var id: ProviderID { plex.provider.id }

    func capabilities(of model: ModelID) async -> Capabilities { await plex.provider.capabilities(of: model) }

    func models() async throws(PlexError) -> [Model] { try await plex.provider.models() }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        try await plex.respond(to: request)
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        try await plex.catalogue.router().stream(request)
    }
}
