internal import CCurl
internal import Glibc

extension CurlTransfer {
    /// The error of a limit on time.
    func timeoutError(_ phase: Timeouts.Phase) -> TransportError {
        let timeouts = plan.request.timeouts
        let text =
            switch phase {
            case .connect: "no connection to \(plan.peer) stood after \(Self.text(timeouts.connect))"
            case .firstByte: "\(plan.peer) did not begin to answer within \(Self.text(timeouts.firstByte))"
            case .idle where machine.state == .sending:
                "\(plan.peer) took nothing of the request for \(Self.text(timeouts.idle))"
            case .idle: "\(plan.peer) sent nothing more for \(Self.text(timeouts.idle))"
            default: "the exchange with \(plan.peer) was not over after \(Self.text(timeouts.total))"
            }
        return TransportError(.timeout(phase), text)
    }

    private static func text(_ duration: Duration?) -> String {
        duration.map { $0.description } ?? "its limit"
    }

    /// The error of libcurl's verdict.
    func error(_ code: CURLcode) -> TransportError {
        if let failure { return failure }
        let connectStatus = easy.information(CURLINFO_HTTP_CONNECTCODE)
        if connectStatus != 0, !(200...299).contains(connectStatus) {
            return TransportError(.proxy, "the proxy refused to connect to \(plan.peer): it answered \(connectStatus)")
        }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return TransportError(
                .resolve,
                "the name \(plan.origin.host) has no address: check the URL and the network's name service"
            )
        case CURLE_COULDNT_RESOLVE_PROXY: return TransportError(.proxy, "the proxy's name has no address")
        case CURLE_PROXY: return TransportError(.proxy, "the proxy failed: \(easy.detail)")
        case CURLE_COULDNT_CONNECT: return connectError
        case CURLE_OPERATION_TIMEDOUT: return timeoutError(.connect)
        case CURLE_READ_ERROR: return TransportError(.requestBody, "the request's body could not be read")
        case CURLE_PARTIAL_FILE:
            return TransportError(.closed, "\(plan.peer) closed the connection before the answer was whole")
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND, CURLE_HTTP2_STREAM:
            return closedError
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2:
            return TransportError(.protocolViolation, "what \(plan.peer) answered is not HTTP")
        case CURLE_BAD_CONTENT_ENCODING:
            return TransportError(.protocolViolation, "the compressed answer of \(plan.peer) cannot be read")
        case CURLE_URL_MALFORMAT:
            return TransportError(.invalidURL, "the URL for \(plan.peer) cannot be read")
        default: return tlsError(code) ?? otherError(code)
        }
    }

    private var connectError: TransportError {
        if plan.usesNamedProxy {
            return TransportError(.proxy, "no connection to the proxy: \(easy.detail)")
        }
        let peer = plan.peer
        let isSocket = plan.request.unixSocketPath != nil
        let text =
            switch Int32(easy.information(CURLINFO_OS_ERRNO)) {
            case ECONNREFUSED: "nothing listens on \(peer): is the server running?"
            case ENOENT where isSocket: "there is no socket at \(peer): is the server running?"
            case EACCES, EPERM: "access to \(peer) is denied: check the permissions"
            case EHOSTUNREACH, ENETUNREACH: "there is no route to \(peer): check the network"
            default: "no connection to \(peer): \(easy.detail)"
            }
        return TransportError(.connect, text)
    }

    private var closedError: TransportError {
        // libcurl reports a broken chunk with the code of a broken connection.
        if easy.detail.contains("chunk") {
            return TransportError(.protocolViolation, "the chunked answer of \(plan.peer) cannot be read")
        }
        let moment = machine.hasHead ? "before the answer was whole" : "without an answer"
        return TransportError(.closed, "\(plan.peer) closed or reset the connection \(moment)")
    }

    private func tlsError(_ code: CURLcode) -> TransportError? {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION:
            TransportError(
                .tls,
                "the certificate of \(plan.peer) was refused (\(easy.detail)): if you trust its authority, name its file"
            )
        case CURLE_SSL_CACERT_BADFILE: TransportError(.tls, "the CA file cannot be read: \(easy.detail)")
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            TransportError(.tls, "no TLS connection to \(plan.peer): \(easy.detail)")
        default: nil
        }
    }

    private func otherError(_ code: CURLcode) -> TransportError {
        let reason = unsafe String(cString: curl_easy_strerror(code))
        return TransportError(.other, "the exchange with \(plan.peer) failed: \(reason)")
    }
}
