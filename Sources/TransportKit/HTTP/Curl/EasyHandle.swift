internal import CCurl
internal import CLinux

/// A libcurl transfer handle: options that never change are set once, those of a request before each use.
// `@safe`: the pointers are made here, freed in `deinit` and used on the loop's thread only.
@safe final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    /// What the handle was last set to: it is most often used for the same server again.
    private var lastURL: String?
    private var lastDecompresses: Bool?
    private var lastIsStreaming: Bool?

    init?(configuration: HTTPClient.Configuration, driver: CurlDriver) {
        guard let pointer = unsafe curl_easy_init() else { return nil }
        unsafe self.pointer = unsafe pointer
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setConstants(configuration, driver)
        unsafe setCallbacks(Unmanaged.passUnretained(driver).toOpaque())
    }

    deinit {
        freeHeaders()
        unsafe curl_easy_cleanup(pointer)
        unsafe errorText.deallocate()
    }

    // MARK: Options of the client

    private func setConstants(_ configuration: HTTPClient.Configuration, _ driver: CurlDriver) {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // Removing a transfer whose name is being resolved then leaves the resolver's thread to end by itself; without
        // it the loop would wait for that thread.
        set(CURLOPT_QUICK_EXIT, 1)
        // The loop's own timers keep the limits on time; libcurl's default of five minutes would be a fifth.
        set(CURLOPT_CONNECTTIMEOUT_MS, 1_000 * 86_400)
        set(CURLOPT_MAXAGE_CONN, max(1, Int(configuration.maximumIdleAge.components.seconds)))
        set(CURLOPT_USERAGENT, configuration.userAgent)

        let tls = configuration.tls
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, tls.acceptsInvalidCertificates ? 0 : 1)
        set(CURLOPT_SSL_VERIFYHOST, tls.acceptsInvalidCertificates ? 0 : 2)
        if let file = tls.authorityFile { set(CURLOPT_CAINFO, file) }
        if let directory = tls.authorityDirectory {
            set(CURLOPT_CAPATH, directory)
            if tls.authorityFile == nil { set(CURLOPT_CAINFO, nil as String?) }
        }
    }

    private func setCallbacks(_ driver: UnsafeMutableRawPointer) {
        unsafe plex_curl_setopt_pointer(pointer, CURLOPT_ERRORBUFFER, errorText)
        unsafe plex_curl_setopt_write(pointer, CURLOPT_WRITEFUNCTION, curlDidReceive)
        unsafe plex_curl_setopt_write(pointer, CURLOPT_HEADERFUNCTION, curlDidReceiveHeader)
        unsafe plex_curl_setopt_read(pointer, curlWantsBody)
        unsafe plex_curl_setopt_prerequest(pointer, curlDidConnect)
        unsafe plex_curl_setopt_open_socket(pointer, curlOpensSocket)
        unsafe plex_curl_setopt_close_socket(pointer, curlClosesSocket)
        unsafe plex_curl_setopt_pointer(pointer, CURLOPT_OPENSOCKETDATA, driver)
        unsafe plex_curl_setopt_pointer(pointer, CURLOPT_CLOSESOCKETDATA, driver)
    }

    // MARK: Options of a request

    /// Sets everything that depends on the request.
    ///
    /// - Parameters:
    ///   - plan: The request.
    ///   - upload: Its body, if libcurl is to pull it.
    ///   - decompresses: Whether a compressed answer is asked for.
    ///   - transfer: What the callbacks are given.
    func prepare(_ plan: RequestPlan, upload: UploadSource?, decompresses: Bool, transfer: CurlTransfer) {
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        unsafe plex_curl_setopt_pointer(pointer, CURLOPT_PRIVATE, context)
        unsafe plex_curl_setopt_pointer(pointer, CURLOPT_WRITEDATA, context)
        unsafe plex_curl_setopt_pointer(pointer, CURLOPT_HEADERDATA, context)
        unsafe plex_curl_setopt_pointer(pointer, CURLOPT_READDATA, context)
        unsafe plex_curl_setopt_pointer(pointer, CURLOPT_PREREQDATA, context)
        unsafe errorText[0] = 0
        setTarget(plan.request, decompresses: decompresses)
        setProxy(plan.proxy)
        setMethodAndBody(plan.request, upload)
        setHeaders(plan.request, decompresses: decompresses)
    }

    private func setTarget(_ request: HTTPRequest, decompresses: Bool) {
        if request.url != lastURL {
            set(CURLOPT_URL, request.url)
            lastURL = request.url
        }
        set(CURLOPT_UNIX_SOCKET_PATH, request.unixSocketPath)
        if decompresses != lastDecompresses {
            set(CURLOPT_ACCEPT_ENCODING, decompresses ? "" : nil)
            lastDecompresses = decompresses
        }
        if request.isStreaming != lastIsStreaming {
            // A stream's pieces are small, and thousands of streams may be open.
            set(CURLOPT_BUFFERSIZE, request.isStreaming ? 4 * 1024 : 16 * 1024)
            lastIsStreaming = request.isStreaming
        }
    }

    private func setProxy(_ proxy: HTTPClient.Proxy) {
        switch proxy {
        case .none:
            set(CURLOPT_PROXY, "")
            set(CURLOPT_PROXYUSERPWD, nil as String?)
        case .environment:
            set(CURLOPT_PROXY, nil as String?)
            set(CURLOPT_NOPROXY, nil as String?)
            set(CURLOPT_PROXYUSERPWD, nil as String?)
        case .server(let url, let credentials, let exceptions):
            set(CURLOPT_PROXY, url)
            set(CURLOPT_NOPROXY, exceptions.joined(separator: ","))
            if let credentials {
                credentials.withText { set(CURLOPT_PROXYUSERPWD, $0) }
            } else {
                set(CURLOPT_PROXYUSERPWD, nil as String?)
            }
        }
    }

    private func setMethodAndBody(_ request: HTTPRequest, _ upload: UploadSource?) {
        // Back to the defaults: also clears the upload and no-body flags of the request before.
        set(CURLOPT_HTTPGET, 1)
        let method = request.method
        var standard = "GET"
        if let upload {
            set(CURLOPT_UPLOAD, 1)
            unsafe plex_curl_setopt_offset(pointer, CURLOPT_INFILESIZE_LARGE, upload.length.map { Int($0) } ?? -1)
            standard = "PUT"
        } else if method == "HEAD" {
            set(CURLOPT_NOBODY, 1)
            standard = "HEAD"
        } else if request.body != nil || method == "POST" {
            var bytes: [UInt8] = []
            if case .bytes(let body) = request.body { bytes = body }
            unsafe plex_curl_setopt_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
            unsafe bytes.withUnsafeMutableBytes { buffer in
                // An empty array may have no address, and without one libcurl would ask for the body.
                var nothing: UInt8 = 0
                unsafe withUnsafeMutablePointer(to: &nothing) { nothing in
                    let address = unsafe buffer.baseAddress ?? UnsafeMutableRawPointer(nothing)
                    _ = unsafe plex_curl_setopt_pointer(pointer, CURLOPT_COPYPOSTFIELDS, address)
                }
            }
            set(CURLOPT_POST, 1)
            standard = "POST"
        }
        set(CURLOPT_CUSTOMREQUEST, method == standard ? nil : method)
    }

    private func setHeaders(_ request: HTTPRequest, decompresses: Bool) {
        freeHeaders()
        for field in request.fields.fields where KnownField(field.name) != .framing {
            addHeader(field.name, field.value)
        }
        // A name with nothing behind it keeps libcurl from sending its own.
        addHeader("Expect:")
        if request.body != nil || request.method == "POST", request.fields["content-type"] == nil {
            addHeader("Content-Type:")
        }
        if !decompresses, request.fields["accept-encoding"] == nil { addHeader("Accept-Encoding: identity") }
        for (name, secret) in request.credentials {
            secret.withText { addHeader(name, $0) }
        }
        unsafe plex_curl_setopt_list(pointer, CURLOPT_HTTPHEADER, headers)
    }

    private func addHeader(_ name: String, _ value: String) {
        // A name followed by a semicolon is libcurl's way to send an empty value.
        addHeader(value.isEmpty ? name + ";" : name + ": " + value)
    }

    private func addHeader(_ line: String) {
        if let list = unsafe curl_slist_append(headers, line) { unsafe headers = list }
    }

    // MARK: After use

    /// Lets go of what belonged to the request, so that no prompt and no secret stays in memory longer than needed.
    func clear() {
        unsafe plex_curl_setopt_list(pointer, CURLOPT_HTTPHEADER, nil)
        unsafe plex_curl_setopt_pointer(pointer, CURLOPT_COPYPOSTFIELDS, nil)
        freeHeaders()
    }

    private func freeHeaders() {
        var node = unsafe headers
        while let entry = unsafe node {
            unsafe explicit_bzero(entry.pointee.data, strlen(entry.pointee.data))
            unsafe node = entry.pointee.next
        }
        unsafe curl_slist_free_all(headers)
        unsafe headers = nil
    }

    // MARK: Information

    /// What libcurl wrote about the last failure.
    var detail: String { unsafe String(cString: errorText) }

    func information(_ info: CURLINFO) -> Int {
        var value = 0
        unsafe plex_curl_getinfo_long(pointer, info, &value)
        return value
    }

    private func set(_ option: CURLoption, _ value: Int) {
        unsafe plex_curl_setopt_long(pointer, option, value)
    }

    private func set(_ option: CURLoption, _ value: String?) {
        unsafe plex_curl_setopt_string(pointer, option, value)
    }
}
