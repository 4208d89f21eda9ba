/// Writes the head of a request.
enum RequestHead {
    /// How the body is delimited.
    enum Framing {
        case none
        case length(Int)
        case chunked
    }

    /// Adds the head to bytes.
    ///
    /// - Parameters:
    ///   - plan: The request, whose fields have been checked.
    ///   - target: Where it goes.
    ///   - framing: How its body is delimited.
    ///   - userAgent: The client's name for requests that have none.
    ///   - bytes: What to add to.
    static func write(
        _ plan: RequestPlan,
        to target: DirectTarget,
        framing: Framing,
        userAgent: String,
        into bytes: inout [UInt8]
    ) {
        let fields = plan.fields
        bytes.append(plan.request.method)
        bytes += target.requestLineRest
        bytes += fields.lines
        if !fields.hasHost { bytes += target.hostLine }
        if !fields.hasUserAgent, !userAgent.isEmpty {
            bytes.append("User-Agent: ")
            bytes.append(userAgent)
            bytes.append("\r\n")
        }
        if !fields.hasAccept { bytes.append("Accept: */*\r\n") }
        if plan.decompresses {
            bytes.append("Accept-Encoding: gzip, deflate\r\n")
        } else if !fields.hasAcceptEncoding {
            bytes.append("Accept-Encoding: identity\r\n")
        }
        for (name, secret) in plan.request.credentials {
            bytes.append(name)
            bytes.append(": ")
            secret.withBytes { value in unsafe value.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) } }
            bytes.append("\r\n")
        }
        switch framing {
        case .none: bytes.append("\r\n")
        case .length(let count):
            bytes.append("Content-Length: ")
            bytes.append(decimal: count)
            bytes.append("\r\n\r\n")
        case .chunked: bytes.append("Transfer-Encoding: chunked\r\n\r\n")
        }
    }
}

extension [UInt8] {
    /// Adds a text that the program knows.
    fileprivate mutating func append(_ text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Adds a text; as memory, since its view of bytes is read one by one.
    @_disfavoredOverload
    fileprivate mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(contentsOf: $0) }
    }

    /// Adds a number that is not negative.
    fileprivate mutating func append(decimal number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(truncatingIfNeeded: 48 + number / divisor % 10))
            divisor /= 10
        }
    }
}
