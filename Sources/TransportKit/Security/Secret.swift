internal import CLinux

/// A value that never prints, and is wiped from memory when the last copy goes.
///
/// Every textual form is `<secret>`. The value itself comes out only through `withText` and `withBytes`, and it cannot
/// be encoded or hashed.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let storage: Storage

    /// Wraps a secret text.
    ///
    /// - Parameter text: The secret; the caller's own copy is not wiped.
    public init(_ text: String) {
        storage = Storage(text.utf8)
    }

    /// Wraps secret bytes.
    ///
    /// - Parameter bytes: The secret; the caller's own copy is not wiped.
    public init(bytes: [UInt8]) {
        storage = Storage(bytes)
    }

    /// Makes a secret in its own memory, so that no other copy of it has to be wiped.
    ///
    /// - Parameters:
    ///   - count: The number of bytes.
    ///   - body: Writes the bytes, which are zero before.
    /// - Throws: What the closure throws; what it has written is wiped then.
    package init<Failure: Error>(
        count: Int,
        writing body: (inout MutableSpan<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        let storage = Storage(repeatElement(0, count: count))
        var bytes = unsafe MutableSpan(_unsafeElements: storage.bytes)
        try body(&bytes)
        self.storage = storage
    }

    /// Calls a closure with the secret as text.
    ///
    /// - Parameter body: What needs the secret; it should keep no copy, since the text is not wiped.
    /// - Returns: What the closure returns.
    /// - Throws: What the closure throws.
    public func withText<Result, Failure: Error>(_ body: (String) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(unsafe String(decoding: storage.bytes, as: UTF8.self))
    }

    /// Calls a closure with the secret's own bytes.
    ///
    /// - Parameter body: What needs the secret.
    /// - Returns: What the closure returns.
    /// - Throws: What the closure throws.
    public func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Read after the call too, so that the bytes are not wiped while they are in use.
        defer { withExtendedLifetime(storage) {} }
        return try body(unsafe Span(_unsafeElements: UnsafeBufferPointer(storage.bytes)))
    }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { unsafe storage.bytes.isEmpty }

    /// Always `<secret>`.
    public var description: String { "<secret>" }
    /// Always `<secret>`.
    public var debugDescription: String { "<secret>" }
    /// Shows no part of the secret.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Secret: Equatable {
    /// Compares in a time that depends on the lengths only, so that it tells nothing about the content.
    public static func == (lhs: Secret, rhs: Secret) -> Bool {
        lhs.withBytes { left in
            rhs.withBytes { right in
                guard left.count == right.count else { return false }
                var difference: UInt8 = 0
                for index in left.indices {
                    difference |= left[index] ^ right[index]
                }
                return difference == 0
            }
        }
    }
}

// Sendable since it is written in `init` and `deinit` only, when there is no other reference. An own allocation rather
// than an array, since wiping an array that is shared would wipe a fresh copy of it.
@safe
private final class Storage: @unchecked Sendable {
    let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ source: some Collection<UInt8>) {
        unsafe bytes = .allocate(capacity: source.count)
        _ = unsafe bytes.initialize(fromContentsOf: source)
    }

    deinit {
        if let base = unsafe bytes.baseAddress {
            unsafe explicit_bzero(base, bytes.count)
        }
        unsafe bytes.deallocate()
    }
}
