public import ProviderKit

/// What a plan has to know of a request.
public struct RouteQuery: Sendable, Hashable {
    /// The model as the caller named it.
    public var model: ModelID
    /// What the target has to be able to do.
    public var needs: Set<Capabilities.Feature>
    /// The tokens of the prompt, estimated.
    public var promptTokens: Int
    /// The most tokens to answer with, where the caller said.
    public var answerTokens: Int?
    /// The same for requests that should go to the same target; `nil`, if nothing ties it.
    public var affinity: UInt64?

    /// Makes a query.
    public init(
        model: ModelID,
        needs: Set<Capabilities.Feature> = [],
        promptTokens: Int = 0,
        answerTokens: Int? = nil,
        affinity: UInt64? = nil
    ) {
        self.model = model
        self.needs = needs
        self.promptTokens = promptTokens
        self.answerTokens = answerTokens
        self.affinity = affinity
    }
}
