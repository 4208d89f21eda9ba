internal import TransportKit

/// Reads the events of a streamed answer: `message_start`, then blocks (`content_block_start`, `…_delta`, `…_stop`), then
/// `message_delta` and `message_stop`; `ping`, `error` and unknown ones at any place.
package struct AnthropicStreamDecoder: ChatStreamDecoder {
    private struct Block {
        var start: JSONObject
        var hasArguments = false
        var citations: [JSONValue] = []
        /// Pieces of input of a block that this library does not know.
        var input = ""

        /// A block of an unknown kind as it would stand in an answer that does not stream.
        var whole: ContentPart {
            var object = start
            if !input.isEmpty, let parsed = try? JSONValue(parsing: input) {
                object["input"] = parsed
            }
            return ContentPart(.unknown(.object(object)))
        }
    }

    private var blocks: [Int: Block] = [:]
    private var usage = AnthropicUsage()
    package private(set) var heldBytes = 0

    // Blocks come one after another; a peer that opens ever more is not held in memory for it.
    private static let maximumOpenBlocks = 64

    package mutating func decode(
        event: String?,
        data: [UInt8],
        into deltas: inout [StreamDelta]
    ) throws(PlexError) {
        let frame = try JSONValue.parsing(frame: data)
        let type = frame["type"]?.string
        if holds(type, frame) { heldBytes += data.count }
        switch type {
        case "message_start": start(frame["message"], into: &deltas)
        case "content_block_start": try startBlock(frame, into: &deltas)
        case "content_block_delta": addDelta(frame, into: &deltas)
        case "content_block_stop": endBlock(frame["index"]?.int ?? 0, into: &deltas)
        case "message_delta": end(frame, into: &deltas)
        case "message_stop": deltas.append(.endMark)
        case "error":
            throw AnthropicErrorBody.decode(frame)?.asPlexError()
                ?? PlexError(.upstream, "the provider reported an error without a message")
        default: break
        }
    }

    // Text and the arguments of calls are passed on; all else of a block is kept up to its end.
    private func holds(_ type: String?, _ frame: JSONValue) -> Bool {
        guard type == "content_block_delta" else { return type == "content_block_start" }
        let delta = frame["delta"]?["type"]
        return delta == "citations_delta"
            || (delta == "input_json_delta" && blocks[frame["index"]?.int ?? 0]?.start["type"] != "tool_use")
    }

    private mutating func start(_ message: JSONValue?, into deltas: inout [StreamDelta]) {
        deltas.append(.start(id: message?["id"]?.string, model: message?["model"]?.string))
        update(message?["usage"], into: &deltas)
    }

    private mutating func update(_ counts: JSONValue?, into deltas: inout [StreamDelta]) {
        guard let object = counts?.object else { return }
        usage.update(object)
        if let usage = usage.usage {
            deltas.append(.usage(usage))
        }
    }

    private mutating func end(_ frame: JSONValue, into deltas: inout [StreamDelta]) {
        for member in frame["delta"]?.object?.members ?? [] where !member.value.isNull {
            if member.name == "stop_reason" {
                let reason = member.value.string ?? ""
                deltas.append(.finishReason(FinishReason(anthropic: reason), raw: reason))
            } else {
                deltas.append(.extra(name: member.name, value: member.value))
            }
        }
        update(frame["usage"], into: &deltas)
    }
}

extension AnthropicStreamDecoder {
    private mutating func startBlock(_ frame: JSONValue, into deltas: inout [StreamDelta]) throws(PlexError) {
        let index = frame["index"]?.int ?? 0
        guard blocks[index] == nil, blocks.count < Self.maximumOpenBlocks else {
            throw PlexError(.malformedResponse, "the stream opens content block \(index) before others were ended")
        }
        let object = frame["content_block"]?.object ?? [:]
        blocks[index] = Block(start: object)
        switch object["type"]?.string {
        case "text":
            add(.text(object["text"]?.string ?? ""), into: &deltas)
        case "thinking":
            add(.reasoning(object["thinking"]?.string ?? ""), into: &deltas)
            if let signature = object["signature"]?.string, !signature.isEmpty {
                deltas.append(.reasoningSignature(signature))
            }
        case "redacted_thinking":
            deltas.append(.redactedReasoning(object["data"]?.string ?? ""))
        case "tool_use":
            deltas.append(
                .toolCall(
                    key: index,
                    id: object["id"]?.string,
                    name: object["name"]?.string,
                    arguments: "",
                    signature: nil
                )
            )
        default: break
        }
    }

    private mutating func addDelta(_ frame: JSONValue, into deltas: inout [StreamDelta]) {
        let index = frame["index"]?.int ?? 0
        let delta = frame["delta"]
        switch delta?["type"]?.string {
        case "text_delta": add(.text(delta?["text"]?.string ?? ""), into: &deltas)
        case "thinking_delta": add(.reasoning(delta?["thinking"]?.string ?? ""), into: &deltas)
        case "signature_delta":
            if let signature = delta?["signature"]?.string {
                deltas.append(.reasoningSignature(signature))
            }
        case "input_json_delta": addInput(delta?["partial_json"]?.string ?? "", at: index, into: &deltas)
        case "citations_delta":
            if let citation = delta?["citation"] {
                blocks[index]?.citations.append(citation)
            }
        default: break
        }
    }

    private mutating func addInput(_ piece: String, at index: Int, into deltas: inout [StreamDelta]) {
        guard !piece.isEmpty, let block = blocks[index] else { return }
        if block.start["type"] == "tool_use" {
            blocks[index]?.hasArguments = true
            deltas.append(.toolCall(key: index, id: nil, name: nil, arguments: piece, signature: nil))
        } else {
            blocks[index]?.input += piece
        }
    }

    private func add(_ delta: StreamDelta, into deltas: inout [StreamDelta]) {
        switch delta {
        case .text(""), .reasoning(""): break
        default: deltas.append(delta)
        }
    }

    private mutating func endBlock(_ index: Int, into deltas: inout [StreamDelta]) {
        guard let block = blocks.removeValue(forKey: index) else { return }
        switch block.start["type"]?.string {
        case "tool_use":
            // Some servers send the whole input at once, in the block's start.
            if !block.hasArguments, let input = block.start["input"]?.object, !input.isEmpty {
                let text = JSONValue.object(input).serializedString
                deltas.append(.toolCall(key: index, id: nil, name: nil, arguments: text, signature: nil))
            }
        case "text":
            if !block.citations.isEmpty {
                deltas.append(.partExtra(name: "citations", value: .array(block.citations)))
            }
        case "thinking", "redacted_thinking": break
        default:
            deltas.append(.part(block.whole))
            return
        }
        deltas.append(.blockEnd)
    }
}
