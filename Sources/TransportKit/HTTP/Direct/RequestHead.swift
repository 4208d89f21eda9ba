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
        let request = plan.request
        bytes.append(contentsOf: request.method.utf8)
        bytes.append(contentsOf: target.requestLineRest)
        var (hasHost, hasAgent, hasAccept, hasEncoding) = (false, false, false, false)
        for field in request.fields.fields {
            switch KnownField(field.name) {
            case .framing: continue
            case .host: hasHost = true
            case .userAgent: hasAgent = true
            case .accept: hasAccept = true
            case .acceptEncoding: hasEncoding = true
            case .contentType, nil: break
            }
            bytes.append(contentsOf: field.name.utf8)
            guard !field.value.isEmpty else {
                bytes.append(contentsOf: ":\r\n".utf8)
                continue
            }
            bytes.append(contentsOf: ": ".utf8)
            bytes.append(contentsOf: field.value.utf8)
            bytes.append(contentsOf: "\r\n".utf8)
        }
        if !hasHost { bytes.append(contentsOf: target.hostLine) }
        if !hasAgent, !userAgent.isEmpty { bytes.append(contentsOf: "User-Agent: \(userAgent)\r\n".utf8) }
        if !hasAccept { bytes.append(contentsOf: "Accept: */*\r\n".utf8) }
        if plan.decompresses {
            bytes.append(contentsOf: "Accept-Encoding: gzip, deflate\r\n".utf8)
        } else if !hasEncoding {
            bytes.append(contentsOf: "Accept-Encoding: identity\r\n".utf8)
        }
        for (name, secret) in request.credentials {
            bytes.append(contentsOf: name.utf8)
            bytes.append(contentsOf: ": ".utf8)
            secret.withBytes { value in
                for index in value.indices { bytes.append(value[index]) }
            }
            bytes.append(contentsOf: "\r\n".utf8)
        }
        switch framing {
        case .none: break
        case .length(let count): bytes.append(contentsOf: "Content-Length: \(count)\r\n".utf8)
        case .chunked: bytes.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8)
        }
        bytes.append(contentsOf: "\r\n".utf8)
    }
}
