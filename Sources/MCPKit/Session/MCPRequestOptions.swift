internal import TransportKit

/// How one request to a server is made.
public struct MCPRequestOptions: Sendable {
    /// How long to wait for the answer; `nil` for the client's default.
    public var timeLimit: Duration?
    /// How long to wait in all, however much progress is reported; `nil` for the client's default.
    public var maximumTime: Duration?
    /// Whether a report of progress starts the time limit anew.
    public var extendsOnProgress: Bool
    /// Hears of the server's reports of progress, on the session's event loop; must not block.
    public var progress: (@Sendable (MCPProgress) -> Void)?
    /// Hears the server's reports of progress whole, in place of ``progress``, on the session's event loop; must not block.
    var progressParams: (@Sendable (JSONObject) -> Void)?
    /// Hears the request's id when it is sent, on the loop.
    var begun: (@Sendable (Int) -> Void)?
    /// Hears an answer that came when its caller had gone, on the loop.
    ///
    /// A request that has it makes a task: it is not taken back at the server, and its progress is reported until
    /// ``MCPSession/endProgress(_:)``.
    var orphaned: (@Sendable (JSONValue) -> Void)?

    var wantsProgress: Bool { progress != nil || progressParams != nil }

    /// Makes options.
    public init(
        timeLimit: Duration? = nil,
        maximumTime: Duration? = nil,
        extendsOnProgress: Bool = true,
        progress: (@Sendable (MCPProgress) -> Void)? = nil
    ) {
        self.timeLimit = timeLimit
        self.maximumTime = maximumTime
        self.extendsOnProgress = extendsOnProgress
        self.progress = progress
    }
}

/// How far a server has come with a request.
public struct MCPProgress: Sendable, Hashable {
    /// How much is done; grows from report to report.
    public var progress: Double
    /// How much there is to do, if the server knows.
    public var total: Double?
    /// What the server says about it.
    public var message: String?

    /// Makes a report.
    public init(progress: Double, total: Double? = nil, message: String? = nil) {
        self.progress = progress
        self.total = total
        self.message = message
    }
}
