internal import TransportKit

/// The description of the interface: OpenAPI 3.1, made of the table of routes.
struct OpenAPIDocument {
    private let version: String
    private let wantsKey: Bool
    private let schemas: JSONObject

    /// Makes what documents are made with.
    ///
    /// - Parameters:
    ///   - version: The gateway's version.
    ///   - wantsKey: Whether callers have to show an access key.
    /// - Throws: `JSONError`, if a schema of ours is no JSON.
    init(version: String, wantsKey: Bool) throws(JSONError) {
        self.version = version
        self.wantsKey = wantsKey
        schemas = try DescribedSchemas.read()
    }

    /// Describes routes.
    func json(of routes: [GatewayRoute]) -> JSONValue {
        var paths = JSONObject()
        var responses = JSONObject()
        var tags: Set<OperationDescription.Tag> = []
        for route in routes {
            for operation in route.operations() {
                tags.insert(operation.tag)
                let path = route.path + operation.ending
                var item = paths[path]?.object ?? [:]
                item[route.method.lowercased()] = .object(described(operation, route, path, &responses))
                paths[path] = .object(item)
            }
        }
        var components: JSONObject = ["responses": .object(responses), "headers": .object(Self.headers)]
        components["schemas"] = .object(used(by: [.object(paths), .object(responses)]))
        if wantsKey { components["securitySchemes"] = .object(Self.securitySchemes) }
        var document: JSONObject = [
            "openapi": "3.1.0",
            "info": [
                "title": "Modelplex", "version": .string(version), "description": .string(Self.introduction),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "tags": .array(
                OperationDescription.Tag.allCases.filter(tags.contains).map { ["name": .string($0.rawValue)] }
            ),
        ]
        if wantsKey {
            let names = Self.securitySchemes.names
            document["security"] = .array(names.map { .object(JSONObject([($0, .array([]))])) })
        }
        document["paths"] = .object(paths)
        document["components"] = .object(components)
        return .object(document)
    }

    private static let introduction = """
        One interface for many providers of language models. A path below /v1/ is also there below /models/v1/. A GET is \
        also answered as a HEAD. Fields that are not described here are taken and handed on. Where the model's provider \
        speaks the dialect of the request, only the model's name and whether a stream is wanted are looked at here, and \
        the rest is the provider's to judge; for others the request is translated, and all that is described is checked.
        """

    private static let securitySchemes: JSONObject = [
        "bearer": ["type": "http", "scheme": "bearer"],
        "x-api-key": ["type": "apiKey", "in": "header", "name": "x-api-key"],
        "x-goog-api-key": ["type": "apiKey", "in": "header", "name": "x-goog-api-key"],
    ]

    // MARK: Operations

    private func described(
        _ operation: OperationDescription,
        _ route: GatewayRoute,
        _ path: String,
        _ responses: inout JSONObject
    ) -> JSONObject {
        var json: JSONObject = [
            "operationId": .string(Self.name(route.method, path)), "summary": .string(operation.summary),
            "tags": [.string(operation.tag.rawValue)],
        ]
        let parameters = Self.parameters(of: path) + operation.parameters.map(\.json)
        if !parameters.isEmpty { json["parameters"] = .array(parameters) }
        if !operation.request.isEmpty {
            json["requestBody"] = [
                "required": .bool(operation.needsBody), "content": .object(Self.contents(operation.request)),
            ]
        }
        var answers = JSONObject()
        for answer in operation.answers {
            var response: JSONObject = [
                "description": .string(answer.text), "headers": .object(Self.headers(of: operation)),
            ]
            if !answer.contents.isEmpty { response["content"] = .object(Self.contents(answer.contents)) }
            answers[String(answer.status)] = .object(response)
        }
        let schema = operation.failure ?? Surface.Errors(path: route.path + operation.ending).rawValue
        for status in Self.failures(of: operation, route) where answers[String(status)] == nil {
            let name = "\(schema)\(status)"
            answers[String(status)] = ["$ref": .string("#/components/responses/\(name)")]
            if responses[name] == nil { responses[name] = .object(Self.failure(status, schema)) }
        }
        json["responses"] = .object(answers)
        if wantsKey, route.isOpen { json["security"] = [] }
        return json
    }

    /// A name that is a word of programs, made of the method and the path.
    private static func name(_ method: String, _ path: String) -> String {
        let words = path.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return method.lowercased() + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static func parameters(of path: String) -> [JSONValue] {
        path.split(separator: "{").dropFirst().map { part in
            let name = String(part.prefix { $0 != "}" })
            return [
                "name": .string(name), "in": "path", "required": true,
                "description": .string(
                    name == "model"
                        ? "A model's name, alone or behind its provider's and a slash; slashes may be as they are"
                        : "The name of the \(name)"
                ),
                "schema": ["type": "string", "minLength": 1],
            ]
        }
    }

    private static func contents(_ contents: [OperationDescription.Content]) -> JSONObject {
        JSONObject(contents.map { ($0.type, ["schema": ["$ref": .string("#/components/schemas/\($0.schema)")]]) })
    }

    // MARK: Errors

    private static func failures(of operation: OperationDescription, _ route: GatewayRoute) -> [Int] {
        // What the server itself refuses, whatever is asked for.
        var statuses: Set = [400, 408, 413, 417, 431, 503]
        if !route.isOpen { statuses.formUnion([401, 403]) }
        return statuses.union(operation.failures).sorted()
    }

    private static func failure(_ status: Int, _ schema: String) -> JSONObject {
        var headers: JSONObject = ["x-request-id": ["$ref": "#/components/headers/x-request-id"]]
        if [429, 503].contains(status) { headers["retry-after"] = ["$ref": "#/components/headers/retry-after"] }
        if status == 405 { headers["allow"] = ["$ref": "#/components/headers/allow"] }
        if status == 401 { headers["www-authenticate"] = ["$ref": "#/components/headers/www-authenticate"] }
        return [
            "description": .string(Self.meaning(of: status)), "headers": .object(headers),
            "content": ["application/json": ["schema": ["$ref": .string("#/components/schemas/\(schema)")]]],
        ]
    }

    private static func meaning(of status: Int) -> String {
        switch status {
        case 400: "The request is not what is expected here, or the provider refuses it"
        case 401: "An access key is missing or wrong"
        case 403: "The gateway may not be used so: by this host name, from this page, or without a key"
        case 404: "There is no such model, server, tool or path"
        case 405: "The protocol's version has no such method"
        case 406: "The caller does not take the types in which this is answered"
        case 408: "The request did not come whole in time"
        case 409: "It is not possible in the state that the server is in"
        case 413: "The body is too large"
        case 415: "The body is of another type than JSON"
        case 417: "Something else than 100-continue is expected"
        case 422: "What is asked cannot be done: by the provider, or as the configuration is"
        case 429: "Too many requests, or the quota is used up"
        case 431: "The header fields are too large"
        case 500: "Nothing is configured that could answer, or the gateway made a mistake"
        case 501: "There is no configuration that could be read again"
        case 502: "The provider or server could not be reached, answered nonsense, or refused the gateway's key"
        case 503: "The gateway is full or stopping, or the provider is"
        case 504: "The provider or server took too long"
        default: "The request failed"
        }
    }

    // MARK: Header fields

    private static func headers(of operation: OperationDescription) -> JSONObject {
        let names = ["x-request-id"] + (operation.tellsItsWay ? wayNames : [])
        return JSONObject(names.map { ($0, ["$ref": .string("#/components/headers/\($0)")]) })
    }

    private static let wayNames = [
        "x-plex-provider", "x-plex-model", "x-plex-attempts", "x-plex-dropped", "x-plex-overhead-us",
    ]

    private static var headers: JSONObject {
        func header(_ text: JSONValue, _ schema: JSONValue, isRequired: Bool = false) -> JSONValue {
            ["description": text, "required": .bool(isRequired), "schema": schema]
        }
        return [
            "x-request-id": header(
                "The request's name: the caller's own x-request-id if it is one of letters, digits and -_.:",
                ["type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"],
                isRequired: true
            ),
            "x-plex-provider": header("Whose answer it is", ["type": "string"]),
            "x-plex-model": header("The model that was asked for, by its provider's name", ["type": "string"]),
            "x-plex-attempts": header(
                "How often somebody was asked; not told for streams that are translated",
                ["type": "integer", "minimum": 1]
            ),
            "x-plex-dropped": header(
                "The request's fields that the provider's dialect has not, in the caller's words",
                ["type": "string"]
            ),
            "x-plex-overhead-us": header(
                "What the gateway added until the answer's head, in microseconds",
                ["type": "integer", "minimum": 0]
            ),
            "retry-after": header(
                "After how many seconds another try has a chance",
                ["type": "integer", "minimum": 1]
            ),
            "allow": header("The methods that there are", ["type": "string"], isRequired: true),
            "www-authenticate": header("How a key is shown", ["type": "string"], isRequired: true),
        ]
    }

    // MARK: Schemas

    /// The schemas that some JSON refers to, and those that they refer to: what a guest may not use is not described either.
    private func used(by roots: [JSONValue]) -> JSONObject {
        var names: Set<String> = []
        var rest = roots
        while let value = rest.popLast() {
            switch value {
            case .array(let elements): rest += elements
            case .object(let object):
                rest += object.members.map(\.value)
                let prefix = "#/components/schemas/"
                guard let reference = object["$ref"]?.string, reference.hasPrefix(prefix) else { continue }
                let name = String(reference.dropFirst(prefix.count))
                if names.insert(name).inserted, let schema = schemas[name] { rest.append(schema) }
            default: break
            }
        }
        return JSONObject(schemas.members.filter { names.contains($0.name) }.map { ($0.name, $0.value) })
    }
}

extension OperationDescription.Parameter {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "in": .string(place.rawValue), "description": .string(text),
            "schema": ["type": "string"],
        ]
    }
}
