internal import CLinux

/// A value that never prints, and is wiped from memory when the last copy goes.
///
/// Every textual form is `<secret>`. The text itself comes out only through `withText`.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let storage: Storage

    /// Wraps a secret text.
    ///
    /// - Parameter text: The secret; the caller's own copy is not wiped.
    public init(_ text: String) {
        storage = Storage(Array(text.utf8))
    }

    /// Calls a closure with the secret as text.
    ///
    /// - Parameter body: What needs the secret; it should keep no copy.
    /// - Returns: What the closure returns.
    /// - Throws: What the closure throws.
    public func withText<Result, Failure: Error>(_ body: (String) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(String(decoding: storage.bytes, as: UTF8.self))
    }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { storage.bytes.isEmpty }

    /// Always `<secret>`.
    public var description: String { "<secret>" }
    /// Always `<secret>`.
    public var debugDescription: String { "<secret>" }
    /// Shows no part of the secret.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

// `bytes` is written only in `deinit`, when no other reference is left.
private final class Storage: @unchecked Sendable {
    fileprivate private(set) var bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    deinit {
        unsafe bytes.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress {
                unsafe explicit_bzero(base, buffer.count)
            }
        }
    }
}
