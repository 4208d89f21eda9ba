import FoundationEssentials

/// The process's own environment.
enum ProcessEnvironment {
    /// All variables.
    static var variables: [String: String] { ProcessInfo.processInfo.environment }
}
