/// What the mock sends, made once.
enum MockAnswers {
    /// A whole chat completion; about a kilobyte.
    static let plain = whole(
        """
        {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion","created":1741569952,\
        "model":"plain","choices":[{"index":0,"message":{"role":"assistant","content":\
        "\(String(repeating: "Because the light of the low sun comes a longer way through the air. ", count: 9))",\
        "refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,\
        "completion_tokens":144,"total_tokens":163,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},\
        "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},"service_tier":"default"}
        """
    )
    /// The answer to whatever is no chat completion.
    static let models = whole(#"{"object":"list","data":[]}"#)

    static let streamHead = Array(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".utf8
    )
    static let chunk = event(
        """
        {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,\
        "model":"stream","service_tier":"default","system_fingerprint":"fp_44709d6fcb",\
        "choices":[{"index":0,"delta":{"content":" because"},"logprobs":null,"finish_reason":null}]}
        """
    )
    /// The last chunk, the end mark, and the end of the answer.
    static let end =
        event(
            """
            {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,\
            "model":"stream","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}
            """
        ) + event("[DONE]") + Array("0\r\n\r\n".utf8)

    private static func whole(_ body: String) -> [UInt8] {
        Array(
            """
            HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8
        )
    }

    private static func event(_ data: String) -> [UInt8] {
        let event = "data: \(data)\n\n"
        return Array("\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n".utf8)
    }
}
