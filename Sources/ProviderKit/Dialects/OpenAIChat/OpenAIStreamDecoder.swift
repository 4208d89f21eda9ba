internal import TransportKit

/// Reads the chunks of a streamed answer, of chat completions and of text completions.
package struct OpenAIStreamDecoder: ChatStreamDecoder {
    private var hasStarted = false
    private var hasRefusal = false
    private var logprobs: [String: [JSONValue]] = [:]
    private var logprobCount = 0
    private var calls = CallKeys()
    package private(set) var heldBytes = 0

    package init() {}

    package mutating func decode(
        event: String?,
        data: [UInt8],
        into deltas: inout [StreamDelta]
    ) throws(PlexError) {
        if data.isDone {
            writeLogprobs(into: &deltas)
            deltas.append(.endMark)
            return
        }
        // A frame of nothing but blanks keeps a connection alive in some servers.
        guard !data.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x09 }) else { return }
        let value = try JSONValue.parsing(frame: data)
        if let details = OpenAIErrorReader.read(value) { throw details.asPlexError() }
        guard case .object(let chunk) = value else {
            throw PlexError(.malformedResponse, "an event of the stream is no object")
        }
        let held = logprobCount
        try decode(chunk, into: &deltas)
        if logprobCount > held { heldBytes += data.count }
    }

    private mutating func decode(_ chunk: JSONObject, into deltas: inout [StreamDelta]) throws(PlexError) {
        start(chunk, into: &deltas)
        for member in chunk.members where !member.value.isNull {
            switch member.name {
            case "choices":
                for choice in member.value.array ?? [] where choice["index"]?.int ?? 0 == 0 {
                    try decode(choice: choice, into: &deltas)
                }
            case "usage": decode(usage: member.value, into: &deltas)
            // Groq's place for the usage of a stream.
            case "x_groq": decode(usage: member.value["usage"], into: &deltas)
            default: break
            }
        }
    }

    // What every chunk says again is taken once.
    private static let repeated: Set<String> = ["created", "system_fingerprint", "service_tier", "provider"]
    // `obfuscation` is padding against listeners who count bytes.
    private static let passedOver: Set<String> = ["id", "model", "object", "choices", "usage", "x_groq", "obfuscation"]

    private mutating func start(_ chunk: JSONObject, into deltas: inout [StreamDelta]) {
        if !hasStarted {
            let id = chunk["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            let model = chunk["model"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            // Azure begins with a chunk that has neither.
            if id != nil || model != nil || chunk["choices"]?.array?.isEmpty == false {
                hasStarted = true
                deltas.append(.start(id: id, model: model))
                writeExtra(chunk, Self.repeated, isWanted: true, into: &deltas)
            }
        }
        writeExtra(chunk, Self.repeated, isWanted: false, into: &deltas)
    }

    private func writeExtra(
        _ chunk: JSONObject,
        _ names: Set<String>,
        isWanted: Bool,
        into deltas: inout [StreamDelta]
    ) {
        for member in chunk.members
        where names.contains(member.name) == isWanted && !Self.passedOver.contains(member.name) && !member.value.isNull
        {
            deltas.append(.extra(name: member.name, value: member.value))
        }
    }

    private func decode(usage value: JSONValue?, into deltas: inout [StreamDelta]) {
        guard let usage = OpenAIVocabulary.usage(value) else { return }
        deltas.append(.usage(usage))
        if let extra = OpenAIVocabulary.extraUsage(value) { deltas.append(.extra(name: "usage", value: extra)) }
    }
}

extension OpenAIStreamDecoder {
    private static let knownOfChoice: Set<String> = ["index", "delta", "message", "text", "finish_reason", "logprobs"]

    private mutating func decode(choice: JSONValue, into deltas: inout [StreamDelta]) throws(PlexError) {
        guard case .object(let choice) = choice else { return }
        // Some servers end with a whole message in place of a delta; a text completion has plain text.
        if let delta = choice["delta"] ?? choice["message"], !delta.isNull {
            try decode(delta: delta, into: &deltas)
        } else if let text = choice["text"]?.string, !text.isEmpty {
            deltas.append(.text(text))
        }
        if case .object(let object)? = choice["logprobs"] {
            for member in object.members {
                if let elements = member.value.array {
                    logprobs[member.name, default: []] += elements
                    logprobCount += elements.count
                }
            }
        }
        for member in choice.members where !Self.knownOfChoice.contains(member.name) && !member.value.isNull {
            deltas.append(.extra(name: member.name, value: member.value))
        }
        if let raw = choice["finish_reason"]?.string, !raw.isEmpty {
            writeLogprobs(into: &deltas)
            deltas.append(.finishReason(try OpenAIVocabulary.finishReason(raw, hasRefusal: hasRefusal), raw: raw))
        }
    }

    private mutating func decode(delta: JSONValue, into deltas: inout [StreamDelta]) throws(PlexError) {
        OpenAIVocabulary.readReasoning(delta) { Self.write($0, into: &deltas) }
        OpenAIVocabulary.readContent(delta["content"]) { part in
            hasRefusal = hasRefusal || part.isRefusal
            Self.write(part, into: &deltas)
        }
        if let refusal = delta["refusal"]?.string, !refusal.isEmpty {
            hasRefusal = true
            deltas.append(.refusal(refusal))
        }
        for call in delta["tool_calls"]?.array ?? [] {
            try decode(call: call, function: call["function"], into: &deltas)
        }
        if let function = delta["function_call"], !function.isNull {
            try decode(call: ["index": 0], function: function, into: &deltas)
        }
        for name in ["audio", "annotations", "images"] {
            if let value = delta[name], !value.isNull { deltas.append(.extra(name: name, value: value)) }
        }
    }

    private static func write(_ part: ContentPart, into deltas: inout [StreamDelta]) {
        switch part.kind {
        case .text(let text): deltas.append(.text(text))
        case .refusal(let text): deltas.append(.refusal(text))
        case .reasoning(let reasoning):
            if !reasoning.text.isEmpty { deltas.append(.reasoning(reasoning.text)) }
            if let signature = reasoning.signature, !signature.isEmpty { deltas.append(.reasoningSignature(signature)) }
            if let redacted = reasoning.redacted, !redacted.isEmpty { deltas.append(.redactedReasoning(redacted)) }
            deltas += part.extra.members.map { .partExtra(name: $0.name, value: $0.value) }
        default: deltas.append(.part(part))
        }
    }

    private mutating func decode(
        call: JSONValue,
        function: JSONValue?,
        into deltas: inout [StreamDelta]
    ) throws(PlexError) {
        let id = call["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let name = function?["name"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        deltas.append(
            .toolCall(
                key: try calls.key(index: call["index"]?.int, id: id, name: name),
                id: id,
                name: name,
                arguments: OpenAIVocabulary.arguments(function?["arguments"]),
                signature: OpenAIVocabulary.signature(call)
            )
        )
    }

    // The whole list is given each time that the answer might end, since a later one replaces an earlier one.
    private func writeLogprobs(into deltas: inout [StreamDelta]) {
        guard !logprobs.isEmpty else { return }
        let members = logprobs.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.array($0.value)) }
        deltas.append(.extra(name: "logprobs", value: .object(JSONObject(members))))
    }

    // Tells calls apart where the server leaves out their index: a new id, or a name after a name, is a new call.
    private struct CallKeys: Sendable {
        // Calls beyond this many are no answer but an attack on memory.
        private static let maximumCalls = 4096

        private var last = -1
        private var lastID: String?
        private var hasName = false

        mutating func key(index: Int?, id: String?, name: String?) throws(PlexError) -> Int {
            let index = index.flatMap { (0..<Self.maximumCalls).contains($0) ? $0 : nil }
            let isNew =
                last < 0 || (id != nil && lastID != nil && id != lastID) || (id == nil && name != nil && hasName)
            let key = index ?? (isNew ? last + 1 : last)
            guard key < Self.maximumCalls else {
                throw PlexError(.malformedResponse, "the answer has more than \(Self.maximumCalls) tool calls")
            }
            if key != last { hasName = false }
            if key != last || isNew { lastID = nil }
            last = key
            lastID = id ?? lastID
            hasName = hasName || name != nil
            return key
        }
    }
}

extension [UInt8] {
    fileprivate var isDone: Bool {
        guard count >= 6, count < 16 else { return false }
        return String(decoding: self, as: UTF8.self).split(separator: " ") == ["[DONE]"]
    }
}
