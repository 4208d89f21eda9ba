internal import TransportKit

/// Writes the chunks of a streamed answer for a caller.
package struct OpenAIStreamWriter: ServedStreamEncoder {
    private let context: AnswerContext
    private let wantsUsage: Bool
    private let usesFunctions: Bool
    // What each chunk begins with, up to where the delta's members stand, and what ends it.
    private var prefix: [UInt8] = []
    private var id = ""
    private let suffix: [UInt8]
    private var hasContent = false
    package private(set) var hasEnded = false

    package init(context: AnswerContext, wantsUsage: Bool, usesFunctions: Bool = false) {
        self.context = context
        self.wantsUsage = wantsUsage
        self.usesFunctions = usesFunctions
        // A caller who asked for the count finds the field in each chunk, filled only in the last.
        suffix = Array("},\"finish_reason\":null}]\(wantsUsage ? ",\"usage\":null" : "")}\n\n".utf8)
    }

    package mutating func encode(_ event: ChatEvent, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        switch event {
        case .started(let start): begin(id: start.id, into: &bytes)
        case .text(let text): write("\"content\":", text, into: &bytes)
        case .reasoning(let text): write("\"reasoning_content\":", text, into: &bytes)
        case .refusal(let text): write("\"refusal\":", text, into: &bytes)
        case .toolCallBegan(let index, let id, let name): writeCall(index, id: id, name: name, into: &bytes)
        case .toolCallArguments(let index, let delta): writeArguments(index, delta, into: &bytes)
        case .toolCallEnded(let index, let call): writeSeal(of: call, index, into: &bytes)
        // They are told at the end, in one place; so are seals, behind the words.
        case .warning, .reasoningSealed: break
        case .reset: reset(into: &bytes)
        case .finished(let response): finish(response, into: &bytes)
        }
    }

    package mutating func encode(_ error: CallerError, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        hasEnded = true
        Self.append(OpenAIErrorWriter.write(error), into: &bytes)
    }

    static let resetError = CallerError(
        status: 502,
        message: "the answer broke off and began anew, which cannot be told in this dialect; send the request again",
        code: "stream_cut"
    )

    /// The beginning of a chunk, up to where its choice stands.
    static func prefix(_ object: StaticString, _ id: String, _ context: AnswerContext) -> [UInt8] {
        var prefix: [UInt8] = []
        prefix.append(raw: "data: {\"id\":")
        prefix.append(jsonString: id)
        prefix.append(raw: ",\"object\":\"")
        prefix.append(raw: object)
        prefix.append(raw: "\",\"created\":")
        prefix.append(contentsOf: String(context.created).utf8)
        prefix.append(raw: ",\"model\":")
        prefix.append(jsonString: context.model.rawValue)
        prefix.append(raw: ",\"choices\":[")
        return prefix
    }

    /// Appends the chunks that end an answer.
    static func appendEnd(
        of response: ChatResponse,
        _ choice: JSONObject,
        frame: JSONObject,
        wantsUsage: Bool,
        into bytes: inout [UInt8]
    ) {
        var last = frame
        last["choices"] = [.object(choice)]
        last["warnings"] = OpenAIWarnings.value(response.warnings)
        if wantsUsage { last["usage"] = .null }
        append(.object(last), into: &bytes)
        if wantsUsage, let usage = response.usage {
            var count = frame
            count["usage"] = OpenAIUsageWriter.value(usage)
            append(.object(count), into: &bytes)
        }
        bytes.append(raw: "data: [DONE]\n\n")
    }

    static func append(_ value: JSONValue, into bytes: inout [UInt8]) {
        bytes.append(raw: "data: ")
        bytes.append(contentsOf: value.serialized)
        bytes.append(raw: "\n\n")
    }
}

extension OpenAIStreamWriter {
    private mutating func begin(id: String?, into bytes: inout [UInt8]) {
        guard prefix.isEmpty else { return }
        self.id = OpenAIResponseWriter.id(id, context)
        prefix = Self.prefix("chat.completion.chunk", self.id, context)
        prefix.append(raw: "{\"index\":0,\"delta\":{")
        bytes.append(contentsOf: prefix)
        bytes.append(raw: "\"role\":\"assistant\",\"content\":\"\"")
        bytes.append(contentsOf: suffix)
    }

    private mutating func open(into bytes: inout [UInt8]) {
        begin(id: nil, into: &bytes)
        hasContent = true
        bytes.append(contentsOf: prefix)
    }

    private mutating func write(_ name: StaticString, _ text: String, into bytes: inout [UInt8]) {
        open(into: &bytes)
        bytes.append(raw: name)
        bytes.append(jsonString: text)
        bytes.append(contentsOf: suffix)
    }

    private mutating func writeCall(_ index: Int, id: String, name: String, into bytes: inout [UInt8]) {
        // That form has room for one call.
        guard !usesFunctions || index == 0 else { return }
        open(into: &bytes)
        if usesFunctions {
            bytes.append(raw: "\"function_call\":{\"name\":")
            bytes.append(jsonString: name)
            bytes.append(raw: ",\"arguments\":\"\"}")
        } else {
            bytes.append(raw: "\"tool_calls\":[{\"index\":")
            bytes.append(contentsOf: String(index).utf8)
            bytes.append(raw: ",\"id\":")
            bytes.append(jsonString: id)
            bytes.append(raw: ",\"type\":\"function\",\"function\":{\"name\":")
            bytes.append(jsonString: name)
            bytes.append(raw: ",\"arguments\":\"\"}}]")
        }
        bytes.append(contentsOf: suffix)
    }

    private mutating func writeArguments(_ index: Int, _ delta: String, into bytes: inout [UInt8]) {
        guard !usesFunctions || index == 0 else { return }
        open(into: &bytes)
        if usesFunctions {
            bytes.append(raw: "\"function_call\":{\"arguments\":")
            bytes.append(jsonString: delta)
            bytes.append(raw: "}")
        } else {
            bytes.append(raw: "\"tool_calls\":[{\"index\":")
            bytes.append(contentsOf: String(index).utf8)
            bytes.append(raw: ",\"function\":{\"arguments\":")
            bytes.append(jsonString: delta)
            bytes.append(raw: "}}]")
        }
        bytes.append(contentsOf: suffix)
    }

    private mutating func writeSeal(of call: ToolCall, _ index: Int, into bytes: inout [UInt8]) {
        guard !usesFunctions, let signature = call.signature else { return }
        open(into: &bytes)
        bytes.append(raw: "\"tool_calls\":[{\"index\":")
        bytes.append(contentsOf: String(index).utf8)
        bytes.append(raw: ",\"extra_content\":")
        bytes.append(contentsOf: OpenAIResponseWriter.seal(signature).serialized)
        bytes.append(raw: "}]")
        bytes.append(contentsOf: suffix)
    }

    // What was sent cannot be taken back in this dialect; as long as nothing was, there is nothing to tell.
    private mutating func reset(into bytes: inout [UInt8]) {
        guard hasContent else { return }
        encode(Self.resetError, into: &bytes)
    }
}

extension OpenAIStreamWriter {
    private mutating func finish(_ response: ChatResponse, into bytes: inout [UInt8]) {
        begin(id: response.id, into: &bytes)
        writeSeals(of: response, into: &bytes)
        hasEnded = true
        var choice: JSONObject = ["index": 0, "delta": [:]]
        if let logprobs = response.logprobs { choice["logprobs"] = logprobs }
        OpenAIResponseWriter.writeFinish(response, usesFunctions: usesFunctions, into: &choice)
        let frame = OpenAIResponseWriter.frame("chat.completion.chunk", id, context)
        Self.appendEnd(of: response, choice, frame: frame, wantsUsage: wantsUsage, into: &bytes)
    }

    // Seals are known only now. The words were sent before, so a reader joins the two: that works for the thoughts that came last.
    private mutating func writeSeals(of response: ChatResponse, into bytes: inout [UInt8]) {
        let parts = response.message.content.filter { $0.isSealedReasoning && $0.extra["type"] == nil }
        let lastInWords = parts.lastIndex { part in
            if case .reasoning(let reasoning) = part.kind { reasoning.redacted == nil } else { false }
        }
        let details = parts.indices.compactMap { index -> JSONValue? in
            guard case .reasoning(var reasoning) = parts[index].kind else { return nil }
            if reasoning.redacted == nil, index != lastInWords { return nil }
            reasoning.text = ""
            return OpenAIVocabulary.reasoningDetail(reasoning, [:])
        }
        guard !details.isEmpty else { return }
        open(into: &bytes)
        bytes.append(raw: "\"reasoning_details\":")
        bytes.append(contentsOf: JSONValue.array(details).serialized)
        bytes.append(contentsOf: suffix)
    }
}
