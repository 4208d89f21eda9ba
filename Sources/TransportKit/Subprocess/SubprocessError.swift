/// Why a program could not be run to its end.
///
/// No argument and no environment variable is named in it, as these may hold secrets.
package struct SubprocessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: Sendable, Hashable {
        /// There is no such program, or no such working folder.
        case notFound
        /// The system did not start it.
        case launch
        /// It took longer than allowed.
        case timeout
        /// It wrote more than allowed.
        case tooLarge
        /// The caller's task was cancelled.
        case cancelled
    }

    /// The kind of failure.
    package var code: Code
    /// What failed, why, and what to do about it.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}
