/// A provider that can be asked whether its server answers, which its list of models may not tell: that may be configured.
public protocol ProbedProvider: Provider {
    /// Asks the server for its models, whatever is configured.
    ///
    /// - Returns: The models that the server lists.
    /// - Throws: `PlexError`, if it cannot be reached or refuses the key.
    func probe() async throws(PlexError) -> [Model]
}
