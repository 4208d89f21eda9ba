internal import ProviderKit
internal import TransportKit

/// Connections that end too early, or that nothing comes through.
extension Fault {
    /// The connection is broken before anything is answered.
    public static let resetBeforeHead = Fault(
        "reset before the head",
        streamed: .failure([.network]),
        whole: .failure([.network])
    ) { _ in [.reset] }

    /// The connection is closed before anything is answered.
    public static let closeBeforeHead = Fault(
        "close before the head",
        streamed: .failure([.network]),
        whole: .failure([.network])
    ) { _ in [.close] }

    /// The connection is broken in the middle of the answer, once the client has had what came before.
    public static let resetMidway = Fault(
        "reset midway",
        streamed: .failure([.streamCut, .network]),
        whole: .failure([.network])
    ) { $0.half + [.pause(.milliseconds(20)), .reset] }

    /// The connection is closed in the middle of the answer.
    public static let closeMidway = Fault(
        "close midway",
        streamed: .failure([.streamCut]),
        whole: .failure([.network])
    ) { $0.half + [.close] }

    /// The answer breaks off and its body ends as if it were whole.
    public static let endMidway = Fault(
        "end of the body midway",
        streamed: .failure([.streamCut]),
        whole: .failure([.malformedResponse])
    ) { setting in
        if setting.isStreamed { return setting.half + [UpstreamAnswer.endOfChunks] }
        let body = setting.body.prefix(setting.body.count / 2)
        return [setting.head(length: body.count), .write(Array(body))]
    }

    /// The length that the head tells is not reached.
    public static let lengthNotReached = Fault(
        "Content-Length not reached",
        streamed: .failure([.streamCut]),
        whole: .failure([.network])
    ) { setting in
        let frames = setting.firstFrames.map { $0.bytes() }
        let body = setting.isStreamed ? Array(frames.joined()) : setting.body
        let type = setting.isStreamed ? setting.dialect.streamMediaType : "application/json"
        return [setting.head(type: type, length: body.count + 10), .write(body), .close]
    }

    /// A chunk's size is no number.
    public static let invalidChunkSize = Fault(
        "invalid chunk size",
        streamed: .failure([.streamCut, .malformedResponse, .network]),
        whole: .failure([.malformedResponse, .network])
    ) { setting in
        if setting.isStreamed { return setting.half + [.write(Array("xyz\r\n".utf8)), .close] }
        return [
            UpstreamAnswer.streamHead("application/json", setting.fields),
            UpstreamAnswer.chunk(Array(setting.body.prefix(20))), .write(Array("xyz\r\n".utf8)), .close,
        ]
    }

    /// What comes is not HTTP.
    public static let notHTTP = Fault(
        "no HTTP",
        streamed: .failure([.malformedResponse, .network]),
        whole: .failure([.malformedResponse, .network])
    ) { _ in [.write(Array("220 mail.example.org ESMTP\r\n".utf8)), .close] }

    static var connections: [Fault] {
        [
            resetBeforeHead, closeBeforeHead, resetMidway, closeMidway, endMidway, lengthNotReached, invalidChunkSize,
            notHTTP,
        ]
    }
}

extension Fault {
    /// Nothing comes.
    public static let stallBeforeHead = Fault(
        "stall before the head",
        streamed: .failure([.timeout(.firstByte)]),
        whole: .failure([.timeout(.firstByte)]),
        timeouts: Timeouts(firstByte: .milliseconds(150), idle: nil, total: nil)
    ) { _ in [.stall] }

    /// The head comes, and nothing of the body.
    public static let stallBeforeBody = Fault(
        "stall before the body",
        streamed: .failure([.timeout(.firstByte)]),
        whole: .failure([.timeout(.firstByte)]),
        timeouts: Timeouts(firstByte: .milliseconds(150), idle: nil, total: nil)
    ) { setting in
        [setting.isStreamed ? setting.streamHead : setting.head(length: 100), .stall]
    }

    /// The answer stops midway and the connection stays.
    public static let stallMidway = Fault(
        "stall midway",
        streamed: .failure([.timeout(.idle)]),
        whole: .failure([.timeout(.idle)]),
        timeouts: Timeouts(firstByte: nil, idle: .milliseconds(150), total: nil)
    ) { $0.half + [.stall] }

    /// The answer comes so slowly that it exceeds the limit in all, though it never stops.
    public static let tooSlow = Fault(
        "too slow in all",
        streamed: .failure([.timeout(.total)]),
        whole: .failure([.timeout(.total)]),
        timeouts: Timeouts(firstByte: nil, idle: nil, total: .milliseconds(500))
    ) { setting in
        let bytes: [UInt8] = setting.isStreamed ? Array((setting.dialect == .ollama ? "\n" : ": \n").utf8) : [32]
        let head = setting.isStreamed ? setting.streamHead : setting.head(length: 1_000_000)
        let trickle: [UpstreamAnswer.Step] = [
            setting.isStreamed ? UpstreamAnswer.chunk(bytes) : .write(bytes), .pause(.milliseconds(20)),
        ]
        return [head] + (0..<50).flatMap { _ in trickle } + [.stall]
    }

    static var stalls: [Fault] { [stallBeforeHead, stallBeforeBody, stallMidway, tooSlow] }
}

extension Fault.Setting {
    /// The head and the first half of the answer; a stream's half holds some text and no reason for the end.
    var half: [UpstreamAnswer.Step] {
        guard isStreamed else {
            return [head(length: body.count), .write(Array(body.prefix(body.count / 2)))]
        }
        return [streamHead] + firstFrames.map { UpstreamAnswer.chunk($0.bytes()) }
    }

    /// Half of the frames: past them lie what ends the text and what tells of the end.
    var firstFrames: ArraySlice<WireFrame> { frames.prefix(max(2, frames.count / 2)) }
}
