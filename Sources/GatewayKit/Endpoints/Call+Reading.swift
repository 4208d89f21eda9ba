internal import ProviderKit
internal import TransportKit

extension Call {
    /// The request's body and model.
    ///
    /// - Parameters:
    ///   - operation: What is asked for.
    ///   - named: The model, where it does not stand in the body.
    /// - Returns: The body and the model.
    /// - Throws: `CallerError` with status 415 for another type of content, 400 for what is no JSON object that names a model.
    func read(for operation: WireOperation, model named: ModelID? = nil) throws(CallerError) -> ModelRequest {
        exchange.note { $0.operation = operation }
        try checkContentType()
        let body: ScannedBody
        do {
            body = try ScannedBody(scanning: request.body)
        } catch {
            throw exchange.error(400, "invalid_json", "the body is not the JSON object that is expected: \(error)")
        }
        let model = named ?? body.model.flatMap { $0.isEmpty ? nil : ModelID($0) } ?? service.options.defaultModel
        guard let model else {
            throw exchange.error(
                400,
                "missing_model",
                "the request names no model; set \"model\" to the name, as text, of one that GET /v1/models lists",
                parameter: "model"
            )
        }
        exchange.note { $0.requestedModel = model }
        return ModelRequest(body: body, model: model)
    }

    // A page of another origin can send other types without asking first; JSON it cannot.
    private func checkContentType() throws(CallerError) {
        let type = request.fields["content-type"] ?? ""
        guard type == "application/json" || type.namesJSON else {
            throw exchange.error(
                415,
                "unsupported_media_type",
                "the body has to be JSON; send it with \"Content-Type: application/json\""
            )
        }
    }

    /// Some of the caller's header fields.
    func fields(named names: [String]) -> HTTPFields {
        var fields = HTTPFields()
        for name in names {
            if let value = request.fields[name] { fields.append(name, value) }
        }
        return fields
    }

    /// What an answer says of itself where its provider said nothing.
    func answerContext(model: ModelID) -> AnswerContext {
        AnswerContext(id: exchange.requestID, created: Int(exchange.timestamp), model: model)
    }

    /// A provider's failure as the caller is told it.
    func refusal(_ error: PlexError) -> CallerError {
        exchange.note(error)
        return CallerError(error, requestID: exchange.requestID)
    }
}

/// What a caller asks a model.
struct ModelRequest {
    var body: ScannedBody
    var model: ModelID

    /// The body as a value that names the model.
    func parsed() throws(PlexError) -> JSONValue {
        do {
            guard case .object(var object) = try JSONValue(parsing: body.bytes) else { return .null }
            object["model"] = .string(model.rawValue)
            return .object(object)
        } catch {
            throw PlexError(.invalidRequest, "the body is not JSON: \(error)")
        }
    }
}

extension Exchange {
    /// An error of the caller's making.
    func error(_ status: Int, _ code: String, _ message: String, parameter: String? = nil) -> CallerError {
        CallerError(status: status, message: message, code: code, parameter: parameter, requestID: requestID)
    }
}

extension String {
    /// Whether it is a media type of JSON (RFC 6839, 3.1), with or without parameters.
    fileprivate var namesJSON: Bool {
        var media = prefix { $0 != ";" }
        while media.last == " " || media.last == "\t" { media.removeLast() }
        let name = media.drop { $0 == " " || $0 == "\t" }.lowercased()
        return name == "application/json" || name.hasSuffix("+json")
    }
}
