/// One HTTP request.
public struct HTTPRequest: Sendable {
    /// What is sent as the body.
    public enum Body: Sendable {
        /// Bytes that are all there.
        case bytes([UInt8])
        /// Bytes pulled one piece after another until `nil`; `length` in bytes where it is known, else the body is sent chunked.
        case stream(length: Int?, next: @Sendable () async throws -> [UInt8]?)
    }

    /// The method, in upper case.
    public var method: String
    /// The absolute `http` or `https` URL.
    public var url: String
    /// The Unix socket to connect to instead of the URL's authority.
    public var unixSocketPath: String?
    /// Header fields that hold no secret.
    public var fields: HTTPFields
    /// Header fields whose values are secret: never logged, never sent to another host when a redirect is followed.
    public var credentials: [String: Secret]
    /// The body, if there is one.
    public var body: Body?
    /// The limits on time.
    public var timeouts: Timeouts
    /// Whether the answer is to be streamed: its body is then asked for without content encoding.
    public var isStreaming: Bool
    /// A proxy of this request's own, `nil` for the client's.
    public var proxy: String?

    /// Makes a request.
    public init(
        method: String = "GET",
        url: String,
        unixSocketPath: String? = nil,
        fields: HTTPFields = [:],
        credentials: [String: Secret] = [:],
        body: Body? = nil,
        timeouts: Timeouts = Timeouts(),
        isStreaming: Bool = false,
        proxy: String? = nil
    ) {
        self.method = method
        self.url = url
        self.unixSocketPath = unixSocketPath
        self.fields = fields
        self.credentials = credentials
        self.body = body
        self.timeouts = timeouts
        self.isStreaming = isStreaming
        self.proxy = proxy
    }
}
