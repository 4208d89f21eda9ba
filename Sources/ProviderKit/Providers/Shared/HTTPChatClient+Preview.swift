internal import TransportKit

extension HTTPChatClient {
    /// What would be sent for a chat request.
    func preview(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> RequestPreview {
        do {
            let encoded = try dialect.encode(request, isStreaming: isStreaming)
            return RequestPreview(
                method: "POST",
                url: configuration.endpoint.base + encoded.path,
                body: encoded.body,
                warnings: encoded.warnings
            )
        } catch {
            throw context(model: request.model).completing(error)
        }
    }
}
