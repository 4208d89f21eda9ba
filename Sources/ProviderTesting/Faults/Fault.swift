public import ProviderKit
public import TransportKit

/// Something that goes wrong at a provider or on the way, and what a client must make of it.
///
/// `Fault.all` lists them, so that a test can run over every one:
///
/// ```swift
/// @Test(arguments: Fault.all, [true, false])
/// func endsInOneRightOutcome(_ fault: Fault, isStreamed: Bool) async throws { … }
/// ```
public struct Fault: Sendable, CustomStringConvertible {
    /// What a client must make of a fault.
    @nonexhaustive
    public enum Expectation: Sendable, Hashable {
        /// The whole answer, as if nothing had happened.
        case answer
        /// One error with one of these codes, and these details where they are given.
        case failure(Set<PlexError.Code>, status: Int? = nil, retryAfter: Duration? = nil)
    }

    /// What a fault's steps are made from.
    struct Setting {
        var dialect: WireDialect
        var reply: ScriptedReply
        var request: RecordedRequest

        var isStreamed: Bool { request.wantsStream }
        var fields: HTTPFields { dialect.fields(of: reply) }
        /// The frames of the streamed answer, the end mark not among them.
        var frames: [WireFrame] { dialect.frames(of: reply, for: request) }
        /// The frames and the end mark.
        var allFrames: [WireFrame] { frames + [dialect.endMark].compactMap { $0 } }
        /// The body of the answer that is not streamed.
        var body: [UInt8] { dialect.body(of: reply, for: request).serialized }

        var streamHead: UpstreamAnswer.Step { UpstreamAnswer.streamHead(dialect.streamMediaType, fields) }

        /// A head with a length that the bytes behind it may not have.
        func head(_ status: Int = 200, type: String = "application/json", length: Int) -> UpstreamAnswer.Step {
            .write(UpstreamAnswer.head(status, fields, ["Content-Type": type, "Content-Length": "\(length)"]))
        }
    }

    /// The fault in a few words.
    public let name: String
    /// The limits that a client needs for the fault to end, or `nil` if any will do.
    public let timeouts: Timeouts?
    /// What the model would say.
    public let reply: ScriptedReply

    private let streamed: Expectation?
    private let whole: Expectation?
    private let makeSteps: @Sendable (Setting) -> [UpstreamAnswer.Step]

    /// Makes a fault; an expectation of `nil` means that it cannot happen to such an answer.
    init(
        _ name: String,
        streamed: Expectation?,
        whole: Expectation?,
        timeouts: Timeouts? = nil,
        reply: ScriptedReply = .text("The answer is forty-two."),
        steps: @escaping @Sendable (Setting) -> [UpstreamAnswer.Step]
    ) {
        self.name = name
        self.streamed = streamed
        self.whole = whole
        self.timeouts = timeouts
        self.reply = reply
        makeSteps = steps
    }

    /// The fault in a few words.
    public var description: String { name }

    /// What a client must make of it.
    ///
    /// - Parameter isStreamed: Whether the client asks for a stream.
    /// - Returns: The outcome, or `nil` if the fault cannot happen to such an answer.
    public func expectation(isStreamed: Bool) -> Expectation? {
        isStreamed ? streamed : whole
    }

    /// The answer with this fault.
    ///
    /// - Parameter dialect: The dialect to write; `nil` for the request's own.
    /// - Returns: An answer for `ScriptedUpstream`.
    public func answer(in dialect: WireDialect? = nil) -> UpstreamAnswer {
        answer(in: dialect, saying: reply)
    }

    /// Another answer with this fault.
    ///
    /// - Parameters:
    ///   - dialect: The dialect to write; `nil` for the request's own.
    ///   - reply: What the model would say, in place of ``reply``.
    /// - Returns: An answer for `ScriptedUpstream`.
    public func answer(in dialect: WireDialect? = nil, saying reply: ScriptedReply) -> UpstreamAnswer {
        UpstreamAnswer { [makeSteps] request in
            makeSteps(Setting(dialect: dialect ?? request.dialect ?? .openAI, reply: reply, request: request))
        }
    }
}

extension UpstreamAnswer {
    /// An answer with a fault, in the request's dialect.
    public static func fault(_ fault: Fault) -> UpstreamAnswer { fault.answer() }
}

extension Fault {
    /// Every fault.
    public static var all: [Fault] { refusals + connections + stalls + bodies + harmless }
}
