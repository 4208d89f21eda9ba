internal import TransportKit

/// The names of models that may be labels: those that a provider has answered for, up to a limit.
///
/// Callers choose the names, so that without a limit each of them could add a series.
final class ModelLabels: Sendable {
    /// What stands for every other name.
    static let other = "other"
    private static let maximumLength = 128

    private let limit: Int
    private let known = Locked<Set<String>>([])

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether a name may be a label.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - isAnswered: Whether a provider has just answered for it, which makes it known.
    /// - Returns: Whether it may.
    func admits(_ name: String, isAnswered: Bool) -> Bool {
        guard name.utf8.count <= Self.maximumLength else { return false }
        return known.withLock { known in
            if known.contains(name) { return true }
            guard isAnswered, known.count < limit else { return false }
            known.insert(name)
            return true
        }
    }
}
