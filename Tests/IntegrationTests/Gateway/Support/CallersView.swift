import ProviderTesting
import TransportKit

/// What a caller makes of an answer, read in the caller's own dialect and with none of the project's codecs.
struct CallersView: Sendable {
    /// The text, in the order in which it came.
    var text = ""
    /// The reasons for the end that came.
    var finishes: [String] = []
    /// How often the dialect's end mark came.
    var endMarks = 0
    /// The codes of the errors; an error that is not of the dialect's form has the code `nil`.
    var errorCodes: [String?] = []
    /// What is behind the first error or end mark, or cannot be read.
    var oddities: [String] = []

    /// Whether this is one whole answer.
    var isWhole: Bool { errorCodes.isEmpty && oddities.isEmpty && finishes.count == 1 }

    /// Reads an answer that is all there.
    init(_ status: Int, _ body: [UInt8], in dialect: WireDialect, isStreamed: Bool) {
        guard status == 200 else {
            add(error: try? JSONValue(parsing: body), in: dialect)
            return
        }
        if !isStreamed {
            if let value = try? JSONValue(parsing: body) {
                addWhole(value, dialect)
            } else {
                oddities.append("the body is no JSON")
            }
            endMarks = dialect.streamHasEndMark ? 1 : 0
            return
        }
        do {
            for frame in try Self.frames(of: body, dialect) where !frame.isEmpty {
                addFrame(frame, dialect)
            }
        } catch {
            oddities.append("\(error)")
        }
    }

    private static func frames(of body: [UInt8], _ dialect: WireDialect) throws -> [String] {
        guard dialect != .ollama else {
            // Bytes, for Swift takes CR and LF for one character.
            return body.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        }
        var decoder = SSEDecoder()
        decoder.append(body)
        var frames: [String] = []
        while let event = try decoder.next() { frames.append(event.text) }
        return frames
    }

    private mutating func addFrame(_ frame: String, _ dialect: WireDialect) {
        guard endMarks == 0, errorCodes.isEmpty else { return oddities.append("behind the end: \(frame.prefix(200))") }
        if dialect == .openAI, frame == "[DONE]" {
            endMarks += 1
            return
        }
        guard let value = try? JSONValue(parsing: Array(frame.utf8)) else {
            return oddities.append("no JSON: \(frame.prefix(200))")
        }
        if value["error"] != nil || value["type"]?.string == "error" { return add(error: value, in: dialect) }
        switch dialect {
        case .openAI:
            let choice = value["choices"]?.array?.first
            text += choice?["delta"]?["content"]?.string ?? ""
            add(finish: choice?["finish_reason"])
        case .anthropic:
            if value["delta"]?["type"]?.string == "text_delta" { text += value["delta"]?["text"]?.string ?? "" }
            add(finish: value["delta"]?["stop_reason"])
            if value["type"]?.string == "message_stop" { endMarks += 1 }
        case .openAIResponses:
            if value["type"]?.string == "response.output_text.delta" { text += value["delta"]?.string ?? "" }
            if value["type"]?.string == "response.completed" {
                addFinish(of: value["response"])
                endMarks += 1
            }
        case .ollama:
            addWhole(value, dialect)
            if value["done"]?.bool == true { endMarks += 1 }
        case .gemini: addWhole(value, dialect)
        @unknown default: oddities.append("no dialect of ours")
        }
    }

    /// Adds an answer that is whole, or a part of a stream that has the same form.
    private mutating func addWhole(_ value: JSONValue, _ dialect: WireDialect) {
        switch dialect {
        case .openAI:
            let choice = value["choices"]?.array?.first
            text += choice?["message"]?["content"]?.string ?? ""
            add(finish: choice?["finish_reason"])
        case .anthropic:
            text += (value["content"]?.array ?? []).compactMap { $0["text"]?.string }.joined()
            add(finish: value["stop_reason"])
        case .openAIResponses:
            let items = (value["output"]?.array ?? []).flatMap { $0["content"]?.array ?? [] }
            text += items.compactMap { $0["text"]?.string }.joined()
            addFinish(of: value)
        case .ollama:
            text += value["message"]?["content"]?.string ?? ""
            if value["done"]?.bool == true { add(finish: value["done_reason"]) }
        case .gemini:
            let candidate = value["candidates"]?.array?.first
            text += (candidate?["content"]?["parts"]?.array ?? []).compactMap { $0["text"]?.string }.joined()
            add(finish: candidate?["finishReason"])
        @unknown default: oddities.append("no dialect of ours")
        }
    }

    private mutating func addFinish(of response: JSONValue?) {
        if response?["status"]?.string == "completed" { finishes.append("completed") }
    }

    private mutating func add(finish: JSONValue?) {
        if let reason = finish?.string { finishes.append(reason) }
    }

    private mutating func add(error: JSONValue?, in dialect: WireDialect) {
        let inner = error?["error"]
        let (code, message): (String?, String?) =
            switch dialect {
            case .openAI, .openAIResponses: (inner?["code"]?.string, inner?["message"]?.string)
            case .anthropic:
                error?["type"]?.string == "error" && inner?["type"]?.string != nil
                    ? (inner?["code"]?.string, inner?["message"]?.string) : (nil, nil)
            case .ollama: (error?["code"]?.string, inner?.string)
            case .gemini:
                inner?["status"]?.string == nil
                    ? (nil, nil) : (inner?["details"]?.array?.first?["reason"]?.string, inner?["message"]?.string)
            @unknown default: (nil, nil)
            }
        errorCodes.append(message?.isEmpty == false ? code : nil)
    }
}

extension WireDialect {
    /// Whether something behind a stream's last event says that it is whole.
    var streamHasEndMark: Bool { self != .gemini }

    /// The gateway's path for a chat in this dialect.
    func gatewayPath(_ model: String, isStreamed: Bool) -> String {
        switch self {
        case .openAI: return "/v1/chat/completions"
        case .anthropic: return "/v1/messages"
        case .openAIResponses: return "/v1/responses"
        case .ollama: return "/api/chat"
        case .gemini:
            let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.".utf8)
            let name = model.utf8.map { byte in
                plain.contains(byte)
                    ? String(decoding: [byte], as: UTF8.self) : "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
            }
            return "/v1beta/models/\(name.joined()):\(isStreamed ? "streamGenerateContent?alt=sse" : "generateContent")"
        @unknown default: return "/"
        }
    }

    /// A request for a chat in this dialect.
    func gatewayRequest(_ model: String, isStreamed: Bool, prompt: String = "Hi") -> JSONValue {
        let messages: JSONValue = [["role": "user", "content": .string(prompt)]]
        let (model, stream) = (JSONValue.string(model), JSONValue.bool(isStreamed))
        return switch self {
        case .openAI, .ollama: ["model": model, "stream": stream, "messages": messages]
        case .anthropic: ["model": model, "stream": stream, "max_tokens": 64, "messages": messages]
        case .openAIResponses: ["model": model, "stream": stream, "input": .string(prompt)]
        case .gemini: ["contents": [["role": "user", "parts": [["text": .string(prompt)]]]]]
        @unknown default: [:]
        }
    }
}

extension GatewayProcess {
    /// Asks a model in a dialect, and reads to the end.
    func view(
        _ model: String,
        in dialect: WireDialect,
        isStreamed: Bool,
        prompt: String = "Hi",
        at listener: Listener = .unixGuest
    ) async throws -> (answer: StreamedAnswer, view: CallersView) {
        let response = try await send(
            "POST",
            dialect.gatewayPath(model, isStreamed: isStreamed),
            dialect.gatewayRequest(model, isStreamed: isStreamed, prompt: prompt),
            at: listener
        )
        var answer = StreamedAnswer(response)
        await answer.readToEnd()
        return (answer, CallersView(answer.status, answer.bytes, in: dialect, isStreamed: isStreamed))
    }
}
