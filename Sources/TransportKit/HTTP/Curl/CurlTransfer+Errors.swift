internal import CCurl

extension CurlTransfer {
    /// The error of libcurl's verdict.
    func error(_ code: CURLcode) -> TransportError {
        if let failure { return failure }
        let connectStatus = easy.information(CURLINFO_HTTP_CONNECTCODE)
        if connectStatus != 0, !(200...299).contains(connectStatus) {
            return TransportError(
                .proxy,
                "the proxy refused to connect to \(errors.peer): it answered \(connectStatus)"
            )
        }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return TransportError(
                .resolve,
                "the name \(errors.route.origin.host) has no address: check the URL and the network's name service"
            )
        case CURLE_COULDNT_RESOLVE_PROXY: return errors.unknownProxy
        case CURLE_PROXY: return TransportError(.proxy, "the proxy failed: \(easy.detail)")
        case CURLE_COULDNT_CONNECT:
            return errors.connect(Int32(easy.information(CURLINFO_OS_ERRNO)), easy.detail)
        case CURLE_OPERATION_TIMEDOUT: return errors.timeout(.connect, isSending: false)
        case CURLE_READ_ERROR: return TransportError(.requestBody, "the request's body could not be read")
        case CURLE_PARTIAL_FILE: return errors.cut
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND, CURLE_HTTP2_STREAM:
            return closedError
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2: return errors.malformed
        case CURLE_BAD_CONTENT_ENCODING: return errors.badEncoding
        case CURLE_URL_MALFORMAT:
            return TransportError(.invalidURL, "the URL for \(errors.peer) cannot be read")
        default: return tlsError(code) ?? otherError(code)
        }
    }

    private var closedError: TransportError {
        // libcurl reports a broken chunk with the code of a broken connection.
        easy.detail.contains("chunk") ? errors.badChunk : errors.closed(hasHead: machine.hasHead)
    }

    private func tlsError(_ code: CURLcode) -> TransportError? {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION:
            TransportError(
                .certificate,
                "the certificate of \(errors.peer) was refused (\(easy.detail)): if you trust its authority, name its file"
            )
        case CURLE_SSL_CACERT_BADFILE: TransportError(.certificate, "the CA file cannot be read: \(easy.detail)")
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            TransportError(.certificate, "no TLS connection to \(errors.peer): \(easy.detail)")
        case CURLE_SSL_CIPHER: TransportError(.version, "no TLS connection to \(errors.peer): \(easy.detail)")
        case CURLE_SSL_CONNECT_ERROR: handshakeError
        case CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            TransportError(.tls, "no TLS connection to \(errors.peer): \(easy.detail)")
        default: nil
        }
    }

    /// The error of a handshake, by the words of OpenSSL or GnuTLS: libcurl has one code for all of them.
    private var handshakeError: TransportError {
        let detail = easy.detail
        if Self.plainTextWords.contains(where: detail.contains) {
            return TransportError(.plainText, "what \(errors.peer) answered is not TLS: does it speak plain http?")
        }
        var error = TransportError(.tls, "no TLS connection to \(errors.peer): \(detail)")
        if Self.versionWords.contains(where: detail.contains) { error.tlsFault = .version }
        return error
    }

    private static let plainTextWords = [
        "wrong version number", "packet length too long", "http request", "unexpected TLS packet",
    ]
    private static let versionWords = [
        "protocol version", "unsupported protocol", "handshake failure", "no shared cipher", "no protocols available",
    ]

    private func otherError(_ code: CURLcode) -> TransportError {
        let reason = unsafe String(cString: curl_easy_strerror(code))
        return TransportError(.other, "the exchange with \(errors.peer) failed: \(reason)")
    }
}
