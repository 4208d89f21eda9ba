/// A provider that keeps the limits on time of each request by itself, so that nobody has to watch it.
package protocol TimeoutKeeping: Provider {}

extension OpenAIProvider: TimeoutKeeping {}
extension OpenAIResponsesProvider: TimeoutKeeping {}
extension AnthropicProvider: TimeoutKeeping {}
extension GeminiProvider: TimeoutKeeping {}
extension OllamaProvider: TimeoutKeeping {}
