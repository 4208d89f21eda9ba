package import TransportKit

/// OpenAI's chat completions, as a client speaks them.
package struct OpenAIChatDialect: ChatDialect {
    /// Where the server differs from others.
    package var flavour: OpenAIFlavour
    /// Where its paths are.
    package var paths: OpenAIPaths

    package init(flavour: OpenAIFlavour = OpenAIFlavour(), paths: OpenAIPaths = OpenAIPaths()) {
        self.flavour = flavour
        self.paths = paths
    }

    package var framing: StreamFraming { .serverSentEvents }

    package func encode(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> EncodedRequest {
        var writer = OpenAIRequestWriter(flavour: flavour)
        let body = try writer.write(request, isStreaming: isStreaming)
        return EncodedRequest(
            path: paths.path("/chat/completions", model: request.model),
            body: body,
            warnings: writer.warnings
        )
    }

    package func decodeResponse(
        _ body: JSONValue,
        provider: ProviderID,
        model: ModelID
    ) throws(PlexError) -> ChatResponse {
        try OpenAIResponseReader(provider: provider, model: model).read(body)
    }

    package func makeStreamDecoder() -> OpenAIStreamDecoder {
        OpenAIStreamDecoder()
    }

    package func decodeError(_ body: JSONValue) -> DialectError? {
        OpenAIErrorReader.read(body)
    }
}

/// Where the paths of a server that speaks OpenAI's dialect are, below its base.
package struct OpenAIPaths: Sendable, Hashable {
    /// Whether the model is part of the path, as in Azure's deployments.
    package var hasDeployments: Bool
    /// What the query says, for example Azure's `api-version=2024-10-21`.
    package var query: String?

    package init(hasDeployments: Bool = false, query: String? = nil) {
        self.hasDeployments = hasDeployments
        self.query = query
    }

    /// The path for what is asked of a model.
    package func path(_ path: String, model: ModelID? = nil) -> String {
        let query = query.map { "?\($0)" } ?? ""
        guard hasDeployments, let model else { return path + query }
        return "/deployments/\(Self.escaped(model.rawValue))\(path)\(query)"
    }

    // Whatever could end or leave the path's segment is escaped: a model's name comes from the caller.
    private static func escaped(_ name: String) -> String {
        var result = ""
        let digits = Array("0123456789ABCDEF")
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ".") where name.contains { $0 != "." }:
                result.append(".")
            default:
                result.append("%")
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return result
    }
}
