public import ProviderKit

/// Lets a model use tools until it has its answer.
///
/// ```swift
/// let loop = ToolLoop(asking: provider, with: box) { request in
///     request.serverTool?.tool.annotations.isReadOnly == true ? .approved : .denied(reason: nil)
/// }
/// let result = try await loop.answer(ChatRequest(model: "qwen3", prompt: "What time is it in Oslo?"))
/// print(result.response.text)
/// ```
///
/// The model is asked, the calls that it wants are approved one after another and run at the same time, their results go
/// back, errors included, and it is asked again. Rounds, calls, time and the size of results are bounded; a limit that is
/// reached ends the loop with what there is, it is no error. Cancelling the task cancels what is under way.
public struct ToolLoop: Sendable {
    /// Decides on calls, one after another.
    public typealias Approval = @Sendable (ToolApprovalRequest) async -> ToolApproval

    let provider: any Provider
    let box: ToolBox
    let limits: ToolLoopLimits
    let clock: any Clock<Duration>
    let approve: Approval

    /// Makes a loop.
    ///
    /// - Parameters:
    ///   - provider: Who is asked.
    ///   - box: The tools.
    ///   - limits: What the loop may use at most.
    ///   - clock: What measures time.
    ///   - approve: Decides on each call; by default all are approved.
    public init(
        asking provider: any Provider,
        with box: ToolBox,
        limits: ToolLoopLimits = ToolLoopLimits(),
        clock: any Clock<Duration> = ContinuousClock(),
        approve: @escaping Approval = { _ in .approved }
    ) {
        self.provider = provider
        self.box = box
        self.limits = limits
        self.clock = clock
        self.approve = approve
    }

    /// Answers a conversation; the model is asked for whole answers.
    ///
    /// - Parameter request: What is asked; the box's tools are added to its own.
    /// - Returns: The answer, and the way to it.
    /// - Throws: `PlexError` of the provider; code `timeout`, if time runs out while the model is asked; code `cancelled`.
    public func answer(_ request: ChatRequest) async throws(PlexError) -> ToolLoopResult {
        var iterator = events(for: request, isStreaming: false).makeAsyncIterator()
        while let event = try await iterator.next() {
            if case .finished(let result) = event { return result }
        }
        throw PlexError(.internal, "the tool loop ended without a result; please report this")
    }

    /// Answers a conversation as a stream of what happens.
    ///
    /// - Parameters:
    ///   - request: What is asked; the box's tools are added to its own.
    ///   - isStreaming: Whether the model is asked for its answers in pieces.
    /// - Returns: The events; reading them drives the loop.
    public func events(for request: ChatRequest, isStreaming: Bool = true) -> ToolLoopEvents {
        ToolLoopEvents(loop: self, request: request, isStreaming: isStreaming)
    }
}
