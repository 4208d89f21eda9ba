internal import ProviderKit
internal import TransportKit

/// Bodies that a client cannot take for an answer although the status is 200.
extension Fault {
    /// A stream that ends without an event.
    public static let emptyStream = Fault(
        "empty stream",
        streamed: .failure([.streamCut, .malformedResponse]),
        whole: nil
    ) { [$0.streamHead, UpstreamAnswer.endOfChunks] }

    /// A body of no bytes.
    public static let emptyBody = Fault(
        "empty body",
        streamed: .failure([.streamCut, .malformedResponse]),
        whole: .failure([.malformedResponse])
    ) { setting in
        [setting.head(type: setting.isStreamed ? setting.dialect.streamMediaType : "application/json", length: 0)]
    }

    /// A stream of nothing but its end mark.
    public static let onlyEndMark = Fault(
        "nothing but the end mark",
        streamed: .failure([.streamCut, .malformedResponse]),
        whole: nil
    ) { setting in
        let mark: [UInt8] =
            switch setting.dialect {
            case .openAI: Array("data: [DONE]\n\n".utf8)
            case .anthropic: Array("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".utf8)
            case .ollama, .openAIResponses, .gemini: []
            }
        return [setting.streamHead] + (mark.isEmpty ? [] : [UpstreamAnswer.chunk(mark)]) + [UpstreamAnswer.endOfChunks]
    }

    /// An error where the first event, or the answer, belongs.
    public static let errorFirst = Fault(
        "error inside a 200",
        streamed: .failure([.upstream, .overloaded]),
        whole: .failure([.upstream, .overloaded])
    ) { setting in
        if setting.isStreamed {
            return [setting.streamHead, UpstreamAnswer.chunk(setting.error), UpstreamAnswer.endOfChunks]
        }
        let body = setting.dialect.errorBody(message: "it broke", type: "overloaded_error")
        return [setting.head(length: body.count), .write(body)]
    }

    /// An error in the middle of a stream.
    public static let errorMidway = Fault(
        "error inside a stream",
        streamed: .failure([.upstream, .overloaded]),
        whole: nil
    ) { $0.half + [UpstreamAnswer.chunk($0.error), UpstreamAnswer.endOfChunks] }

    /// JSON that is none.
    public static let malformedJSON = Fault(
        "malformed JSON",
        streamed: .failure([.malformedResponse]),
        whole: .failure([.malformedResponse])
    ) { setting in
        let text = #"{"id": "x", "choices": [}"#
        if setting.isStreamed {
            let frame = WireFrame(data: Array(text.utf8), isLine: setting.dialect == .ollama)
            return [setting.streamHead, UpstreamAnswer.chunk(frame.bytes()), UpstreamAnswer.endOfChunks]
        }
        return [setting.head(length: text.utf8.count), .write(Array(text.utf8))]
    }

    /// An event that is no JSON between good ones.
    public static let malformedEvent = Fault(
        "malformed event between good ones",
        streamed: .failure([.malformedResponse]),
        whole: nil
    ) { setting in
        let event = setting.dialect == .anthropic ? "content_block_delta" : nil
        let bad = WireFrame(event: event, data: Array(#"{"broken": "#.utf8), isLine: setting.dialect == .ollama)
        let rest = setting.allFrames.dropFirst(setting.firstFrames.count).map { UpstreamAnswer.chunk($0.bytes()) }
        return setting.half + [UpstreamAnswer.chunk(bad.bytes())] + rest + [UpstreamAnswer.endOfChunks]
    }

    /// A web page with a good status, as a wrong base URL gives.
    public static let htmlPage = Fault(
        "200 with an HTML page",
        streamed: .failure([.malformedResponse, .streamCut]),
        whole: .failure([.malformedResponse])
    ) { setting in [setting.head(type: "text/html", length: page.count), .write(page)] }

    static var bodies: [Fault] {
        [emptyStream, emptyBody, onlyEndMark, errorFirst, errorMidway, malformedJSON, malformedEvent, htmlPage]
    }
}

extension Fault.Setting {
    /// An error as it stands within a stream.
    fileprivate var error: [UInt8] {
        let value = dialect.streamedError(message: "it broke", type: "overloaded_error")
        return dialect.frame(value).bytes()
    }
}
