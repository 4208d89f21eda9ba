internal import TransportKit

/// Writes the chunks of a streamed continuation for a caller; it has room for text only.
package struct OpenAICompletionStreamWriter: ServedStreamEncoder {
    private let context: AnswerContext
    private let wantsUsage: Bool
    // What each chunk begins with, up to where the text stands, and what ends it.
    private var prefix: [UInt8] = []
    private let suffix: [UInt8]
    private var id = ""
    private var hasContent = false
    package private(set) var hasEnded = false

    package init(context: AnswerContext, wantsUsage: Bool) {
        self.context = context
        self.wantsUsage = wantsUsage
        suffix = Array(
            ",\"index\":0,\"logprobs\":null,\"finish_reason\":null}]\(wantsUsage ? ",\"usage\":null" : "")}\n\n".utf8
        )
    }

    package mutating func encode(_ event: ChatEvent, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        switch event {
        case .started(let start): begin(id: start.id)
        case .text(let text):
            begin(id: nil)
            hasContent = true
            bytes.append(contentsOf: prefix)
            bytes.append(jsonString: text)
            bytes.append(contentsOf: suffix)
        case .reset where hasContent: encode(OpenAIStreamWriter.resetError, into: &bytes)
        case .finished(let response): finish(response, into: &bytes)
        default: break
        }
    }

    package mutating func encode(_ error: CallerError, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        hasEnded = true
        OpenAIStreamWriter.append(OpenAIErrorWriter.write(error), into: &bytes)
    }

    private mutating func begin(id: String?) {
        guard prefix.isEmpty else { return }
        self.id = OpenAIResponseWriter.id(id, context)
        prefix = OpenAIStreamWriter.prefix("text_completion", self.id, context)
        prefix.append(raw: "{\"text\":")
    }

    private mutating func finish(_ response: ChatResponse, into bytes: inout [UInt8]) {
        begin(id: response.id)
        hasEnded = true
        var choice: JSONObject = ["text": "", "index": 0]
        choice["logprobs"] = response.logprobs ?? .null
        OpenAIResponseWriter.writeFinish(response, usesFunctions: false, into: &choice)
        OpenAIStreamWriter.appendEnd(
            of: response,
            choice,
            frame: OpenAIResponseWriter.frame("text_completion", id, context),
            wantsUsage: wantsUsage,
            into: &bytes
        )
    }
}
