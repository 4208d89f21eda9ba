/// A revision of the Model Context Protocol, by its date; the set is open.
public struct ProtocolVersion: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The date, as on the wire.
    public var rawValue: String

    /// Makes a version of the text on the wire.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The date.
    public var description: String { rawValue }

    /// The first revision.
    public static let v2024_11_05 = ProtocolVersion(rawValue: "2024-11-05")
    /// The revision that brought Streamable HTTP and batches.
    public static let v2025_03_26 = ProtocolVersion(rawValue: "2025-03-26")
    /// The revision that brought elicitation and structured results, and took batches away.
    public static let v2025_06_18 = ProtocolVersion(rawValue: "2025-06-18")
    /// The last revision with a handshake.
    public static let v2025_11_25 = ProtocolVersion(rawValue: "2025-11-25")
    /// The first revision without one.
    public static let v2026_07_28 = ProtocolVersion(rawValue: "2026-07-28")

    /// The revisions that begin with a handshake, newest first.
    public static let handshakeEra: [ProtocolVersion] = [.v2025_11_25, .v2025_06_18, .v2025_03_26, .v2024_11_05]
    /// The revisions in which each request stands alone, newest first.
    public static let statelessEra: [ProtocolVersion] = [.v2026_07_28]

    /// Whether each request stands alone, without a handshake before it.
    public var isStateless: Bool { self >= .v2026_07_28 }

    /// Whether a revision is older than another; dates compare as they are written.
    public static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
        left.rawValue < right.rawValue
    }
}
