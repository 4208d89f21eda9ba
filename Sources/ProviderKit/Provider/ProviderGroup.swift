/// A provider that stands for several others, for example a router.
public protocol ProviderGroup: Provider {
    /// The providers behind it, in order of preference.
    ///
    /// - Throws: `PlexError`, if they are not known.
    func members() async throws(PlexError) -> [any Provider]
}
