internal import CLinux
internal import TransportKit

/// A request while it comes.
struct RequestAssembly {
    private(set) var method = ""
    private(set) var fields = HTTPFields()
    private(set) var body: [UInt8] = []
    private var share: BodyShare?
    private(set) var received = ContinuousClock.Instant.now
    /// Whether the head is there.
    private(set) var hasHead = false
    /// Whether the caller speaks HTTP/1.0.
    private(set) var isOld = false
    private(set) var path = ""
    private(set) var query: String?
    /// Whether the caller wants no further request on this connection.
    private(set) var closesConnection = false
    /// Bytes of head and body, framing of chunks not counted.
    private(set) var size = 0

    /// Bytes of the body that are to come, where that was said by a head that the library has not seen.
    private(set) var bodyLength = 0
    /// How many of them are missing.
    var missing: Int { bodyLength - body.count }

    /// Where a target in absolute form leads, and how many bytes the target has.
    private var authority: String?
    private var targetSize = 0
    private var isTargetLegal = true

    init() {}

    /// Begins with a request's target as it was sent.
    init(target: [UInt8]) {
        targetSize = target.count
        isTargetLegal = target.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "#") }
        guard let text = String(validating: target, as: UTF8.self) else {
            isTargetLegal = false
            return
        }
        split(text)
    }

    init(_ head: PlainHead) {
        method = head.method
        path = head.path
        query = head.query
        fields = head.fields
        hasHead = true
        closesConnection = head.closesConnection
        size = head.size
        bodyLength = head.bodyLength
        reserve(bodyLength)
    }

    /// Reads a request's target, which may be in absolute form (RFC 9112 §3.2.2).
    private mutating func split(_ text: String) {
        let slash = UInt8(ascii: "/")
        let mark = UInt8(ascii: "?")
        var target = text
        if target.utf8.first != slash, let scheme = target.firstRange(of: "://"),
            ["http", "https"].contains(target[..<scheme.lowerBound].lowercased())
        {
            let rest = target[scheme.upperBound...].utf8
            let place = rest.firstIndex { $0 == slash || $0 == mark } ?? rest.endIndex
            authority = String(Substring(rest[..<place]))
            target = (rest[place...].first == slash ? "" : "/") + String(Substring(rest[place...]))
        }
        path = target
        guard let end = target.utf8.firstIndex(of: mark) else { return }
        path = String(target[..<end])
        query = String(target[target.utf8.index(after: end)...])
    }

    /// Takes in the head.
    ///
    /// libmicrohttpd has split it; what it lets pass and two servers could read in two ways is turned away here.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - start: Where in memory the head begins.
    ///   - isOld: Whether the caller speaks HTTP/1.0.
    ///   - library: Has the fields.
    ///   - limits: What is taken.
    /// - Returns: Why the request is turned away; `nil` if it is not.
    mutating func takeHead(
        method: String,
        at start: UInt,
        isOld: Bool,
        library: MicroConnection,
        limits: HTTPLimits
    ) -> HTTPRefusal.Reason? {
        received = .now
        hasHead = true
        self.method = method
        self.isOld = isOld
        size = library.headBytes
        guard size <= limits.headBytes else { return .headTooLarge(limit: limits.headBytes) }
        guard Self.isToken(method.utf8) else { return .malformed("the method is not a word of letters") }
        guard isTargetLegal else { return .malformed("the target has characters that must be percent-encoded") }
        guard path.hasPrefix("/") || path == "*" || method == "CONNECT" else {
            return .malformed("the target is neither a path nor a URL")
        }
        var fault: String?
        var fields = HTTPFields()
        // Where the request's line ends, if there is one space in each of its gaps and nothing that is not seen.
        var end = start &+ UInt(method.utf8.count + 1 + targetSize + " HTTP/1.1".utf8.count)
        unsafe library.forEachField { name, value in
            // In memory one field follows the other, with a line end between. Else there is something that the library has
            // passed over or put together: a zero byte, a field without a name, a folded line, half of a line end.
            if UInt(bitPattern: name.baseAddress) &- end != 2 { fault = fault ?? Self.hidden }
            end = UInt(bitPattern: value.baseAddress) &+ UInt(value.count)
            guard unsafe Self.isToken(name) else {
                fault = fault ?? "a header field's name has a character that names must not have"
                return
            }
            guard unsafe value.allSatisfy(\.isValueByte) else {
                fault = fault ?? "a header field's value has a control character"
                return
            }
            fields.append(
                unsafe String(decoding: name, as: UTF8.self),
                unsafe String(decoding: Self.trimmingEnd(value), as: UTF8.self)
            )
        }
        if start &+ UInt(size) &- end != 4 { fault = fault ?? Self.hidden }
        if let fault { return .malformed(fault) }
        self.fields = fields
        return framingFault(limits) ?? authorityFault()
    }

    private static let hidden = """
        the lines of the head do not each end in CR and LF, or hold a zero byte, too many spaces, a field without a name or a \
        folded line
        """

    /// RFC 9112 §3.2.2: what the target names counts, and not the Host field.
    private mutating func authorityFault() -> HTTPRefusal.Reason? {
        guard let authority else { return nil }
        guard !authority.isEmpty, !authority.contains("@") else {
            return .malformed("the target has no host, or a user")
        }
        fields["host"] = authority
        return nil
    }

    /// RFC 9112 §6.3: what makes the end of the body uncertain.
    private mutating func framingFault(_ limits: HTTPLimits) -> HTTPRefusal.Reason? {
        var hosts = 0
        var codings: [String] = []
        var lengths: [String] = []
        for field in fields.fields {
            switch field.name.utf8.count {
            case 4 where field.name.lowercased() == "host": hosts += 1
            case 10 where field.name.lowercased() == "connection":
                let options = field.value.lowercased().split(whereSeparator: { ", \t".contains($0) })
                if options.contains("close") { closesConnection = true }
            case 14 where field.name.lowercased() == "content-length": lengths.append(field.value)
            case 17 where field.name.lowercased() == "transfer-encoding": codings.append(field.value)
            default: break
            }
        }
        if isOld ? hosts > 1 : hosts != 1 { return .malformed("there must be one Host field") }
        if lengths.count > 1 { return .malformed("there is more than one Content-Length") }
        if !codings.isEmpty {
            if !lengths.isEmpty { return .malformed("there are both Content-Length and Transfer-Encoding") }
            if isOld { return .malformed("HTTP/1.0 has no Transfer-Encoding") }
            if codings.count > 1 || codings[0].lowercased() != "chunked" {
                return .malformed("the only Transfer-Encoding that is read is chunked")
            }
            // The library forgives chunks what others in between may read otherwise, such as lines that end in LF alone. What
            // comes behind such a body is therefore never read as a request.
            closesConnection = true
        }
        return lengths.first.flatMap { lengthFault($0, limits) }
    }

    private mutating func lengthFault(_ text: String, _ limits: HTTPLimits) -> HTTPRefusal.Reason? {
        guard let length = Int(text), text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return .malformed("Content-Length is not a number")
        }
        guard length <= limits.bodyBytes else { return .bodyTooLarge(limit: limits.bodyBytes) }
        reserve(length)
        return nil
    }

    private mutating func reserve(_ length: Int) {
        // Only what a caller has sent may cost memory, so not all of a large length at once.
        body.reserveCapacity(min(length, 64 << 10))
    }

    /// Takes in a part of the body.
    mutating func takeBody(
        _ bytes: UnsafeRawBufferPointer,
        limits: HTTPLimits,
        budget: BodyBudget
    ) -> HTTPRefusal.Reason? {
        guard bytes.count <= limits.bodyBytes - body.count else { return .bodyTooLarge(limit: limits.bodyBytes) }
        let share = share ?? BodyShare(of: budget)
        self.share = share
        guard share.take(bytes.count) else { return .full }
        unsafe body.append(contentsOf: bytes)
        size += bytes.count
        return nil
    }

    /// Lets go of the body of a request that nobody will have.
    mutating func dropBody() {
        body = []
        share = nil
    }

    /// A whole request that its task has not begun to answer.
    struct Whole {
        let request: GatewayRequest
        /// To be kept as long as the request is.
        let share: BodyShare?
    }

    /// The whole request; what it held is let go of.
    mutating func takeRequest(peer: Peer) -> Whole {
        defer {
            fields = HTTPFields()
            dropBody()
        }
        let request = GatewayRequest(
            method: method,
            path: path,
            query: query,
            fields: fields,
            body: body,
            peer: peer,
            received: received
        )
        return Whole(request: request, share: share)
    }

    // MARK: Characters

    private static func isToken(_ text: some Sequence<UInt8>) -> Bool {
        var isEmpty = true
        for byte in text {
            isEmpty = false
            guard byte.isTokenCharacter else { return false }
        }
        return !isEmpty
    }

    private static func trimmingEnd(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer.SubSequence {
        var end = value.endIndex
        while end > 0, unsafe value[end - 1] == 0x20 || value[end - 1] == 0x09 { end -= 1 }
        return unsafe value[..<end]
    }
}

extension UInt8 {
    /// Whether it may stand in a field's value (RFC 9110 §5.5), bytes beyond ASCII included.
    fileprivate var isValueByte: Bool { self >= 0x20 && self != 0x7F || self == 0x09 }
}
