/// Names for the tools of several servers that every model takes: `server__tool`, of `[A-Za-z0-9_-]`, at most 64 characters.
///
/// Each tool has a name of its own, and each name leads back to one tool. A name that has to be changed for that, as its
/// characters are not allowed, it is too long, or another tool has it, ends in a hash of what it was made of, if it must; so
/// the same tools have the same names at each run.
public struct ToolNames: Sendable, Hashable {
    /// A tool, as its server calls it.
    public struct Origin: Sendable, Hashable {
        /// The server; `nil` for a function of the program itself, which has no part before its name.
        public var source: String?
        /// The tool's own name.
        public var tool: String

        /// Makes an origin.
        public init(source: String?, tool: String) {
            self.source = source
            self.tool = tool
        }
    }

    /// The most characters that a name may have.
    public static let maximumLength = 64
    /// What stands between server and tool.
    public static let separator = "__"

    /// The tools' names, in the order of the tools; a tool that came twice is there once.
    public let names: [String]
    private let originsByName: [String: Origin]
    private let namesByOrigin: [Origin: String]
    private let namesByTool: [String: [String]]

    /// Gives each tool its name.
    ///
    /// - Parameter origins: The tools.
    public init(_ origins: [Origin]) {
        var byName: [String: Origin] = [:]
        var byOrigin: [Origin: String] = [:]
        // Whatever order the tools are told in, one that keeps its name goes before one whose name has to be changed.
        let sorted = origins.sorted(by: Self.precedes)
        let unchanged = sorted.filter { Self.mapped($0) == Self.plain($0) }
        for origin in unchanged + sorted where byOrigin[origin] == nil {
            var name = Self.mapped(origin)
            var attempt = 0
            while name.utf8.count > Self.maximumLength || name.isEmpty || byName[name] != nil {
                name = Self.shortened(Self.mapped(origin), by: origin, attempt: attempt)
                attempt += 1
            }
            byName[name] = origin
            byOrigin[origin] = name
        }
        originsByName = byName
        namesByOrigin = byOrigin
        var seen: Set<String> = []
        names = origins.compactMap { byOrigin[$0] }.filter { seen.insert($0).inserted }
        namesByTool = Dictionary(grouping: names) { byName[$0]?.tool ?? $0 }
    }

    /// The tool that a name leads to.
    ///
    /// A tool's own name does too, where only one server has such a tool, since models forget what stands before it.
    ///
    /// - Parameter name: A name as a model wrote it.
    /// - Returns: The tool; `nil` if there is none, or more than one.
    public func origin(of name: String) -> Origin? {
        if let origin = originsByName[name] { return origin }
        guard let candidates = namesByTool[name], candidates.count == 1 else { return nil }
        return originsByName[candidates[0]]
    }

    /// The name of a tool.
    public func name(of origin: Origin) -> String? { namesByOrigin[origin] }

    private static func precedes(_ left: Origin, _ right: Origin) -> Bool {
        guard left.source != right.source else { return left.tool < right.tool }
        guard let source = left.source, let other = right.source else { return left.source == nil }
        return source < other
    }

    private static func plain(_ origin: Origin) -> String {
        origin.source.map { "\($0)\(separator)\(origin.tool)" } ?? origin.tool
    }

    // What is no letter, digit, `-` or `_` of ASCII becomes `_`. A server's part must not end what separates it.
    static func mapped(_ origin: Origin) -> String {
        func legal(_ text: String) -> String {
            String(text.unicodeScalars.map { isLegal($0) ? Character($0) : "_" })
        }
        guard var source = origin.source.map(legal) else { return legal(origin.tool) }
        while source.contains(separator) { source = source.split(separator: "_").joined(separator: "_") }
        while source.hasSuffix("_") { source.removeLast() }
        return source + separator + legal(origin.tool)
    }

    private static func isLegal(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }

    private static func shortened(_ name: String, by origin: Origin, attempt: Int) -> String {
        // FNV-1a: the name has to be the same at each run, which Swift's own hash is not.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(origin.source ?? "")\u{0}\(origin.tool)\u{0}\(attempt)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        let mark = "_" + (String(repeating: "0", count: 16 - digits.count) + digits).suffix(8)
        return name.prefix(maximumLength - mark.utf8.count) + mark
    }
}
