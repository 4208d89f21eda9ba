/// Streams as servers of the Responses API write them (the API's reference, and the types of the official client).
enum ResponsesTranscripts {
    /// Thoughts summed up in two parts and sealed, text, and two calls.
    static let all = events([
        #"{"type":"response.created","response":{"id":"resp_1","object":"response","status":"in_progress","model":"gpt-5-2025-08-07","output":[]}}"#,
        #"{"type":"response.in_progress","response":{"id":"resp_1","object":"response","status":"in_progress","output":[]}}"#,
        #"{"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}"#,
        #"{"type":"response.reasoning_summary_part.added","item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}"#,
        #"{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":"First"}"#,
        #"{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":" this."}"#,
        #"{"type":"response.reasoning_summary_text.done","item_id":"rs_1","output_index":0,"summary_index":0,"text":"First this."}"#,
        #"{"type":"response.reasoning_summary_part.added","item_id":"rs_1","output_index":0,"summary_index":1,"part":{"type":"summary_text","text":""}}"#,
        #"{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":1,"delta":"Then that."}"#,
        #"{"type":"response.output_item.done","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"First this."},{"type":"summary_text","text":"Then that."}],"encrypted_content":"gAAAA"}}"#,
        #"{"type":"response.output_item.added","output_index":1,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}"#,
        #"{"type":"response.content_part.added","item_id":"msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}"#,
        #"{"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"I look "}"#,
        #"{"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"🌍."}"#,
        #"{"type":"response.output_text.done","item_id":"msg_1","output_index":1,"content_index":0,"text":"I look 🌍."}"#,
        #"{"type":"response.output_item.done","output_index":1,"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant","phase":"commentary","content":[{"type":"output_text","text":"I look 🌍.","annotations":[]}]}}"#,
        #"{"type":"response.output_item.added","output_index":2,"item":{"id":"fc_1","type":"function_call","status":"in_progress","call_id":"call_1","name":"get_weather","arguments":""}}"#,
        #"{"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"delta":"{\"city\":"}"#,
        #"{"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"delta":"\"Paris\"}"}"#,
        #"{"type":"response.function_call_arguments.done","item_id":"fc_1","output_index":2,"arguments":"{\"city\":\"Paris\"}"}"#,
        #"{"type":"response.output_item.done","output_index":2,"item":{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}"#,
        #"{"type":"response.output_item.added","output_index":3,"item":{"id":"fc_2","type":"function_call","call_id":"call_2","name":"now","arguments":""}}"#,
        #"{"type":"response.output_item.done","output_index":3,"item":{"id":"fc_2","type":"function_call","call_id":"call_2","name":"now","arguments":"{}"}}"#,
        completed,
    ])

    /// The end of an answer that is whole.
    static let completed =
        #"{"type":"response.completed","response":{"id":"resp_1","object":"response","status":"completed","model":"gpt-5-2025-08-07","output":[],"service_tier":"default","usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":5},"output_tokens":15,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":45}}}"#

    /// The beginning of an answer, and text.
    static let begun = [
        #"{"type":"response.created","response":{"id":"resp_1","object":"response","model":"m","output":[]}}"#,
        #"{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","content":[]}}"#,
        #"{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hello"}"#,
    ]

    /// Events with their names, as they are on the wire.
    static func events(_ data: [String]) -> String {
        data.map { text in
            let type = text.dropFirst(#"{"type":""#.count).prefix { $0 != "\"" }
            return "event: \(type)\ndata: \(text)\n\n"
        }.joined()
    }
}
