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
        return try self.named(body, named)
    }

    private func named(_ body: consuming ScannedBody, _ named: ModelID? = nil) throws(CallerError) -> ModelRequest {
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

    /// The body and model of a request for sound or pictures, which may be a form with files.
    ///
    /// - Throws: `CallerError`, as for other requests.
    func readMedia(for operation: WireOperation) throws(CallerError) -> ModelRequest {
        let type = request.fields["content-type"] ?? ""
        guard type.names("multipart/form-data") else { return try read(for: operation) }
        exchange.note { $0.operation = operation }
        // A page of another origin can send forms without asking first.
        guard !isOfForeignPage else { throw unsupportedType }
        let body: ScannedBody
        do {
            body = try ScannedBody(scanningForm: request.body, contentType: type)
        } catch {
            throw exchange.error(400, "invalid_form", "the form cannot be read: \(error)")
        }
        return try named(body)
    }

    private var unsupportedType: CallerError {
        exchange.error(
            415,
            "unsupported_media_type",
            "the body has to be JSON; send it with \"Content-Type: application/json\""
        )
    }

    // Browsers name the origin of every page that sends something, and since 2020 also how it came to be sent.
    private var isOfForeignPage: Bool {
        let isOfPage = request.fields["origin"] != nil || request.fields["sec-fetch-site"] != nil
        return isOfPage && service.origins.grantedOrigin(request.fields) == nil
    }

    /// Looks whether the body may be JSON.
    ///
    /// A page of another origin can send other types without asking first; JSON it cannot. `curl -d` without a type, as
    /// Ollama's documentation has it, sends one of those.
    ///
    /// - Throws: `CallerError` with status 415.
    func checkContentType() throws(CallerError) {
        let type = request.fields["content-type"] ?? ""
        guard type == "application/json" || type.namesJSON else {
            let isUsual = type.isEmpty || type.names("application/x-www-form-urlencoded")
            guard isUsual, request.fields["origin"] == nil, request.fields["sec-fetch-site"] == nil else {
                throw unsupportedType
            }
            return
        }
    }

    /// Some of the caller's header fields, but for those that are of its connection alone (RFC 9110 §7.6.1).
    func fields(named names: [String]) -> HTTPFields {
        var fields = HTTPFields()
        for name in names {
            guard let value = request.fields[name], !isOfConnection(name) else { continue }
            fields.append(name, value)
        }
        return fields
    }

    private func isOfConnection(_ name: String) -> Bool {
        request.fields.values("connection").contains { value in
            value.lowercased().split(whereSeparator: { ", \t".contains($0) }).contains { $0 == name }
        }
    }

    /// What an answer says of itself where its provider said nothing.
    func answerContext(model: ModelID) -> AnswerContext {
        AnswerContext(id: exchange.requestID, created: Int(exchange.timestamp), model: model)
    }

    /// A provider's failure as the caller is told it.
    func refusal(_ error: PlexError) -> CallerError {
        exchange.note(error)
        return exchange.told(of: error)
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
        let name = mediaType
        return name == "application/json" || name.hasSuffix("+json")
    }

    /// Whether it is a media type, with or without parameters.
    fileprivate func names(_ type: String) -> Bool { mediaType == type }

    private var mediaType: String {
        var media = prefix { $0 != ";" }
        while media.last == " " || media.last == "\t" { media.removeLast() }
        return media.drop { $0 == " " || $0 == "\t" }.lowercased()
    }
}
