internal import TransportKit

/// Oddities that a client must bear.
extension Fault {
    /// Each byte in a packet of its own.
    public static let slowBytes = Fault("one byte at a time", streamed: .answer, whole: .answer) { setting in
        setting.wire.map { .write([$0]) }
    }

    /// Characters of several bytes, cut between chunks at every byte.
    public static let splitCharacters = Fault(
        "UTF-8 split over chunks",
        streamed: .answer,
        whole: .answer,
        reply: .text("Grüße, 世界! 👩‍👩‍👧 — naïve café ☕️")
    ) { setting in
        let body = setting.isStreamed ? Array(setting.allFrames.map { $0.bytes() }.joined()) : setting.body
        let type = setting.isStreamed ? setting.dialect.streamMediaType : "application/json"
        let chunks = body.map { UpstreamAnswer.chunk([$0]) }
        return [UpstreamAnswer.streamHead(type, setting.fields)] + chunks + [UpstreamAnswer.endOfChunks]
    }

    /// Lines that end in CR, in LF or in both.
    public static let mixedLineEnds = Fault("mixed line ends", streamed: .answer, whole: nil) { setting in
        // A CR alone ends a line of an event stream, not one of NDJSON.
        let ends = setting.dialect == .ollama ? ["\n", "\r\n"] : ["\r", "\n", "\r\n"]
        let frames = setting.allFrames.enumerated().map { $0.element.bytes(lineEnd: ends[$0.offset % ends.count]) }
        return [setting.streamHead] + frames.map(UpstreamAnswer.chunk) + [UpstreamAnswer.endOfChunks]
    }

    /// Comments and empty lines between the events.
    public static let keepAlives = Fault("keep-alives between events", streamed: .answer, whole: nil) { setting in
        let keepAlive = Array((setting.dialect == .ollama ? "\n" : ": keep-alive\n\n").utf8)
        let frames = setting.allFrames.flatMap { [keepAlive, $0.bytes()] }
        return [setting.streamHead] + frames.map(UpstreamAnswer.chunk) + [UpstreamAnswer.endOfChunks]
    }

    /// A line of five megabytes.
    public static let hugeLine = Fault(
        "a line of 5 MB",
        streamed: .answer,
        whole: .answer,
        reply: ScriptedReply(
            [.text(String(repeating: "0123456789abcdef", count: 327_680))],
            pieceLength: 8_000_000
        )
    ) { setting in
        UpstreamAnswer.reply(setting.reply, in: setting.dialect).makeSteps(setting.request)
    }

    /// A media type that does not tell the truth.
    public static let wrongContentType = Fault("wrong content type", streamed: .answer, whole: .answer) { setting in
        let type = "text/plain; charset=utf-8"
        if setting.isStreamed {
            let frames = setting.allFrames.map { UpstreamAnswer.chunk($0.bytes()) }
            return [UpstreamAnswer.streamHead(type, setting.fields)] + frames + [UpstreamAnswer.endOfChunks]
        }
        return [setting.head(type: type, length: setting.body.count), .write(setting.body)]
    }

    /// A stream whose end mark is missing after the reason for the end.
    public static let missingEndMark = Fault("no end mark after the finish", streamed: .answer, whole: nil) { setting in
        let frames = setting.dialect == .anthropic ? setting.frames.dropLast() : setting.frames[...]
        return [setting.streamHead] + frames.map { UpstreamAnswer.chunk($0.bytes()) } + [UpstreamAnswer.endOfChunks]
    }

    /// A connection that stays open after the end mark.
    public static let stallAfterEndMark = Fault(
        "stall after the end mark",
        streamed: .answer,
        whole: nil
    ) { setting in
        // Where the body's end is the only mark, nothing is left to stall behind it but the next request.
        let end = setting.dialect == .gemini ? UpstreamAnswer.endOfChunks : .stall
        return [setting.streamHead] + setting.allFrames.map { UpstreamAnswer.chunk($0.bytes()) } + [end]
    }

    /// More events after the end mark.
    public static let eventsAfterEndMark = Fault(
        "events after the end mark",
        streamed: .answer,
        whole: nil
    ) { setting in
        // Nothing comes behind the end of a body.
        let rest = setting.dialect == .gemini ? [] : setting.frames
        let more = (setting.allFrames + rest).map { UpstreamAnswer.chunk($0.bytes()) }
        return [setting.streamHead] + more + [UpstreamAnswer.endOfChunks]
    }

    /// A body that ends with the connection, as HTTP/1.0 had it.
    public static let endByClose = Fault("a body that ends with the connection", streamed: .answer, whole: .answer) {
        setting in
        let body = setting.isStreamed ? Array(setting.allFrames.map { $0.bytes() }.joined()) : setting.body
        let type = setting.isStreamed ? setting.dialect.streamMediaType : "application/json"
        let head = UpstreamAnswer.head(200, setting.fields, ["Content-Type": type, "Connection": "close"])
        return [.write(head), .write(body), .close]
    }

    static var harmless: [Fault] {
        [
            slowBytes, splitCharacters, mixedLineEnds, keepAlives, hugeLine, wrongContentType, missingEndMark,
            stallAfterEndMark, eventsAfterEndMark, endByClose,
        ]
    }
}

extension Fault.Setting {
    /// The whole good answer as it goes onto the wire.
    fileprivate var wire: [UInt8] {
        UpstreamAnswer.reply(reply, in: dialect).makeSteps(request).flatMap { step in
            if case .write(let bytes) = step { bytes } else { [UInt8]() }
        }
    }
}
