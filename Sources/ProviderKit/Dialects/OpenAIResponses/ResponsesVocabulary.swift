internal import TransportKit

/// Words and counts that whole and streamed answers share.
enum ResponsesVocabulary {
    /// The tokens that a usage object counts, or `nil` if it counts none.
    static func usage(_ value: JSONValue?) -> Usage? {
        guard let object = value?.object else { return nil }
        let input = OpenAIVocabulary.count(object["input_tokens"])
        let output = OpenAIVocabulary.count(object["output_tokens"])
        guard input != nil || output != nil else { return nil }
        return Usage(
            inputTokens: input ?? 0,
            outputTokens: output ?? 0,
            cachedReadTokens: OpenAIVocabulary.count(object["input_tokens_details"]?["cached_tokens"]),
            cachedWriteTokens: OpenAIVocabulary.count(object["input_tokens_details"]?["cache_write_tokens"]),
            reasoningTokens: OpenAIVocabulary.count(object["output_tokens_details"]?["reasoning_tokens"])
        )
    }

    /// Why an answer ended: this dialect says only whether it is whole, and why it is not.
    ///
    /// - Parameters:
    ///   - response: The answer's `status` and `incomplete_details`.
    ///   - hasCalls: Whether it holds calls, for whose results the model waits.
    ///   - hasRefusal: Whether it is a refusal.
    /// - Returns: The reason and the wire's own word, or `nil` if it says nothing.
    static func finish(
        _ response: JSONValue,
        hasCalls: Bool,
        hasRefusal: Bool
    ) -> (reason: FinishReason?, raw: String)? {
        switch response["status"]?.string {
        case "completed"?: (hasCalls ? .toolCalls : hasRefusal ? .refusal : .stop, "completed")
        case "incomplete"?:
            switch response["incomplete_details"]?["reason"]?.string {
            case "max_output_tokens"?: (.length, "max_output_tokens")
            case "content_filter"?: (.contentFilter, "content_filter")
            case let reason?: (FinishReason(rawValue: reason), reason)
            case nil: (nil, "incomplete")
            }
        default: nil
        }
    }

    /// What an error says: of an answer with an error status, of an `error` event, or of an answer that failed.
    static func error(_ body: JSONValue) -> DialectError? {
        if body["type"] == "error", body["error"]?.object == nil {
            return DialectError(
                providerCode: body["code"]?.string,
                message: body["message"]?.string,
                code: code(body["code"]?.string)
            )
        }
        if let error = body["error"]?.object, body["object"] == "response" || body["output"] != nil {
            return DialectError(
                providerCode: error["code"]?.string,
                message: error["message"]?.string,
                code: code(error["code"]?.string)
            )
        }
        guard body["object"] != "response" else { return nil }
        return OpenAIErrorReader.read(body)
    }

    // The status of these is 200, so that only the word tells what happened.
    private static func code(_ word: String?) -> PlexError.Code? {
        switch word {
        case "rate_limit_exceeded"?: .rateLimited
        case "insufficient_quota"?: .quotaExhausted
        case "context_length_exceeded"?: .contextLengthExceeded
        case "server_is_overloaded"?, "slow_down"?: .overloaded
        case "server_error"?, "vector_store_timeout"?: .upstream
        case "invalid_prompt"?, "invalid_image"?, "invalid_image_format"?, "invalid_base64_image"?,
            "invalid_image_url"?, "image_too_large"?, "image_too_small"?, "image_parse_error"?,
            "unsupported_image_media_type"?, "empty_image_file"?, "image_file_too_large"?, "failed_to_download_image"?:
            .invalidRequest
        case "image_content_policy_violation"?, "bio_policy"?, "misalignment_policy_violation"?: .contentFiltered
        default: nil
        }
    }

    /// The parts of an output item, as they stand in an answer that does not stream.
    static func parts(of item: JSONValue) -> [ContentPart] {
        guard let object = item.object else { return [ContentPart(.unknown(item))] }
        switch object["type"]?.string {
        case "message": return messageParts(object)
        case "function_call": return [call(object)]
        case "reasoning": return reasoning(object).map { [$0] } ?? []
        default: return [ContentPart(.unknown(item))]
        }
    }

    private static func messageParts(_ item: JSONObject) -> [ContentPart] {
        (item["content"]?.array ?? []).map { part in
            switch part["type"]?.string {
            case "output_text":
                var extra = JSONObject()
                for name in ["annotations", "logprobs"] where part[name]?.array?.isEmpty == false {
                    extra[name] = part[name]
                }
                extra["phase"] = phase(item)
                return ContentPart(.text(part["text"]?.string ?? ""), extra: extra)
            case "refusal": return ContentPart(.refusal(part["refusal"]?.string ?? ""))
            default: return ContentPart(.unknown(part))
            }
        }
    }

    /// Whether a message is said on the way or is the answer, which models want to see again.
    static func phase(_ item: JSONObject) -> JSONValue? {
        item["phase"].flatMap { $0.isNull ? nil : $0 }
    }

    private static func call(_ item: JSONObject) -> ContentPart {
        var call = ToolCall(
            id: item["call_id"]?.string ?? item["id"]?.string ?? "",
            name: item["name"]?.string ?? "",
            arguments: OpenAIVocabulary.arguments(item["arguments"])
        )
        call.signature = OpenAIVocabulary.signature(.object(item))
        return ContentPart(.toolCall(call))
    }

    /// The thoughts of an item: in words, sealed, or both; `nil` if there are neither.
    ///
    /// An item without words but with a seal is one that came only sealed. An empty word beside the seal, which only this
    /// library writes, is a seal on words that are not shown.
    static func reasoning(_ item: JSONObject) -> ContentPart? {
        let words = words(item)
        let sealed = item["encrypted_content"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        guard let words else { return sealed.map { .reasoning(Reasoning("", redacted: $0)) } }
        guard !words.isEmpty || sealed != nil else { return nil }
        return .reasoning(Reasoning(words, signature: sealed))
    }

    /// The words of an item: the summary, else the thoughts themselves.
    static func words(_ item: JSONObject) -> String? {
        for name in ["summary", "content"] {
            guard let parts = item[name]?.array, !parts.isEmpty else { continue }
            return parts.compactMap { $0["text"]?.string }.joined(separator: summarySeparator)
        }
        return nil
    }

    /// What stands between two parts of a summary where both are one text.
    static let summarySeparator = "\n\n"
}
