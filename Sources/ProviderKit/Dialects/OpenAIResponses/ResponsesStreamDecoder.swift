internal import TransportKit

/// Reads the typed events of a streamed response.
///
/// `response.created`, then items one after another or interleaved (`response.output_item.added`, pieces,
/// `response.output_item.done`), then `response.completed`, `.incomplete` or `.failed`; `error` at any place. Events of
/// other types are passed over: what they say stands in the item's end too.
package struct ResponsesStreamDecoder: ChatStreamDecoder {
    // What has come of an item that has not ended.
    private struct Item {
        var type: String
        var hasWords = false
        // Thoughts may come as they are and summed up: the first that comes is taken.
        var words: Words?
    }

    private enum Words {
        case summary, text
    }

    private var items: [Int: Item] = [:]
    private var hasItems = false
    private var hasCalls = false
    private var hasRefusal = false
    package let heldBytes = 0

    // Items come one after another; a peer that opens ever more is not held in memory for it.
    private static let maximumOpenItems = 256

    package init() {}

    package mutating func decode(
        event: String?,
        data: [UInt8],
        into deltas: inout [StreamDelta]
    ) throws(PlexError) {
        // Some servers end as chat completions do; the event before was the end.
        guard data != Self.done else { return }
        let frame = try JSONValue.parsing(frame: data)
        switch frame["type"]?.string ?? event {
        case "response.created"?:
            let response = frame["response"]
            deltas.append(.start(id: response?["id"]?.string, model: response?["model"]?.string))
        case "response.output_item.added"?: try begin(frame, into: &deltas)
        case "response.output_item.done"?: end(frame, into: &deltas)
        case "response.output_text.delta"?: add(.text(Self.text(frame)), frame, into: &deltas)
        case "response.refusal.delta"?:
            hasRefusal = true
            add(.refusal(Self.text(frame)), frame, into: &deltas)
        case "response.reasoning_summary_part.added"?:
            if frame["summary_index"]?.int ?? 0 > 0 {
                add(thought: ResponsesVocabulary.summarySeparator, .summary, frame, into: &deltas)
            }
        case "response.reasoning_summary_text.delta"?: add(thought: Self.text(frame), .summary, frame, into: &deltas)
        case "response.reasoning_text.delta"?: add(thought: Self.text(frame), .text, frame, into: &deltas)
        case "response.function_call_arguments.delta"?: add(arguments: Self.text(frame), frame, into: &deltas)
        case "response.completed"?, "response.incomplete"?: try finish(frame["response"] ?? .null, into: &deltas)
        case "response.failed"?:
            throw (frame["response"].flatMap(ResponsesVocabulary.error) ?? DialectError()).asPlexError()
        case "error"?:
            throw (ResponsesVocabulary.error(frame) ?? DialectError()).asPlexError()
        case nil:
            // Not every server that fails knows how this dialect says so.
            if let error = ResponsesVocabulary.error(frame) { throw error.asPlexError() }
        default: break
        }
    }

    private static let done = Array("[DONE]".utf8)

    private static func text(_ frame: JSONValue) -> String { frame["delta"]?.string ?? "" }
    private static func index(_ frame: JSONValue) -> Int { frame["output_index"]?.int ?? 0 }
}

extension ResponsesStreamDecoder {
    private mutating func begin(_ frame: JSONValue, into deltas: inout [StreamDelta]) throws(PlexError) {
        let index = Self.index(frame)
        let item = frame["item"]
        guard items.count < Self.maximumOpenItems else {
            throw PlexError(.malformedResponse, "the stream opens item \(index) before others were ended")
        }
        hasItems = true
        items[index] = Item(type: item?["type"]?.string ?? "")
        guard item?["type"] == "function_call" else { return }
        hasCalls = true
        let arguments = OpenAIVocabulary.arguments(item?["arguments"])
        items[index]?.hasWords = !arguments.isEmpty
        deltas.append(
            .toolCall(
                key: index,
                id: item?["call_id"]?.string ?? item?["id"]?.string,
                name: item?["name"]?.string,
                arguments: arguments,
                signature: nil
            )
        )
    }

    private mutating func add(_ delta: StreamDelta, _ frame: JSONValue, into deltas: inout [StreamDelta]) {
        items[Self.index(frame)]?.hasWords = true
        deltas.append(delta)
    }

    private mutating func add(
        thought: String,
        _ kind: Words,
        _ frame: JSONValue,
        into deltas: inout [StreamDelta]
    ) {
        let index = Self.index(frame)
        let taken = items[index]?.words ?? kind
        guard taken == kind, !thought.isEmpty else { return }
        items[index]?.words = kind
        items[index]?.hasWords = true
        deltas.append(.reasoning(thought))
    }

    private mutating func add(arguments: String, _ frame: JSONValue, into deltas: inout [StreamDelta]) {
        let index = Self.index(frame)
        guard !arguments.isEmpty, items[index]?.type == "function_call" else { return }
        items[index]?.hasWords = true
        deltas.append(.toolCall(key: index, id: nil, name: nil, arguments: arguments, signature: nil))
    }

    private mutating func end(_ frame: JSONValue, into deltas: inout [StreamDelta]) {
        let index = Self.index(frame)
        guard let item = frame["item"], let open = items.removeValue(forKey: index) else { return }
        add(item, open, index, into: &deltas)
    }

    // The end of an item holds all of it: what did not come in pieces is taken from there.
    private mutating func add(_ item: JSONValue, _ open: Item, _ index: Int, into deltas: inout [StreamDelta]) {
        switch open.type {
        case "message":
            for part in ResponsesVocabulary.parts(of: item) { add(part, isSaid: open.hasWords, into: &deltas) }
        case "function_call":
            hasCalls = true
            let signature = OpenAIVocabulary.signature(item)
            let arguments = open.hasWords ? "" : OpenAIVocabulary.arguments(item["arguments"])
            if signature != nil || !arguments.isEmpty {
                deltas.append(
                    .toolCall(key: index, id: nil, name: nil, arguments: arguments, signature: signature)
                )
            }
        case "reasoning":
            guard case .reasoning(let reasoning)? = item.object.flatMap(ResponsesVocabulary.reasoning)?.kind else {
                break
            }
            if !open.hasWords, !reasoning.text.isEmpty { deltas.append(.reasoning(reasoning.text)) }
            if let seal = reasoning.signature ?? (open.hasWords ? reasoning.redacted : nil) {
                deltas.append(.reasoningSignature(seal))
            } else if let data = reasoning.redacted {
                deltas.append(.redactedReasoning(data))
            }
        default: deltas.append(.part(ContentPart(.unknown(item))))
        }
        deltas.append(.blockEnd)
    }

    private mutating func add(_ part: ContentPart, isSaid: Bool, into deltas: inout [StreamDelta]) {
        var isThere = isSaid
        switch part.kind {
        case .text(let text) where !isSaid && !text.isEmpty:
            deltas.append(.text(text))
            isThere = true
        case .refusal(let text):
            hasRefusal = true
            if !isSaid { deltas.append(.refusal(text)) }
        case .unknown: deltas.append(.part(part))
        default: break
        }
        guard isThere, case .text = part.kind else { return }
        for member in part.extra.members { deltas.append(.partExtra(name: member.name, value: member.value)) }
    }

    private mutating func finish(_ response: JSONValue, into deltas: inout [StreamDelta]) throws(PlexError) {
        guard let object = response.object else {
            throw PlexError(.malformedResponse, "the stream's last event holds no response")
        }
        // A server that sends nothing but the end.
        if !hasItems {
            deltas.append(.start(id: object["id"]?.string, model: object["model"]?.string))
            for (index, item) in (object["output"]?.array ?? []).enumerated() {
                let type = item["type"]?.string ?? ""
                if type == "function_call" {
                    deltas.append(
                        .toolCall(
                            key: index,
                            id: item["call_id"]?.string,
                            name: item["name"]?.string,
                            arguments: "",
                            signature: nil
                        )
                    )
                }
                add(item, Item(type: type), index, into: &deltas)
            }
        }
        if let usage = ResponsesVocabulary.usage(object["usage"]) { deltas.append(.usage(usage)) }
        for member in object.members where ResponsesResponseDecoder.isKept(member) {
            deltas.append(.extra(name: member.name, value: member.value))
        }
        let finish = ResponsesVocabulary.finish(response, hasCalls: hasCalls, hasRefusal: hasRefusal)
        if let finish { deltas.append(.finishReason(finish.reason, raw: finish.raw)) }
        deltas.append(.endMark)
    }
}
