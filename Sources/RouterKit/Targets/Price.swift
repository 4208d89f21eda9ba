/// What a model's tokens cost, in any one currency for each million.
public struct Price: Sendable, Hashable {
    /// A million tokens of the prompt.
    public var input: Double
    /// A million tokens of the answer.
    public var output: Double
    /// A million tokens of the prompt that the provider's cache had; `nil`: as `input`.
    public var cachedInput: Double?

    /// Makes a price.
    public init(input: Double, output: Double, cachedInput: Double? = nil) {
        self.input = input
        self.output = output
        self.cachedInput = cachedInput
    }

    /// What a request costs.
    ///
    /// - Parameters:
    ///   - input: The tokens of the prompt.
    ///   - output: The tokens of the answer.
    /// - Returns: The cost, in the currency of the price.
    public func cost(input: Int, output: Int) -> Double {
        (Double(input) * self.input + Double(output) * self.output) / 1_000_000
    }
}
