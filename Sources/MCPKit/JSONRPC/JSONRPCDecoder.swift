package import TransportKit

/// Reads messages of JSON-RPC 2.0 out of JSON texts; pure.
package enum JSONRPCDecoder {
    /// What was found in a text.
    package enum Finding: Sendable, Hashable {
        /// A message.
        case message(JSONRPCMessage)
        /// Something else; with the id it was meant for, if that can be read.
        case garbage(id: JSONRPCID?, reason: String)
    }

    /// How many messages a batch may hold.
    package static let maximumBatch = 1000

    /// Reads a text: one message, or a batch of them, which MCP 2025-03-26 allows.
    ///
    /// - Parameters:
    ///   - text: The JSON text.
    ///   - deliver: Is given what was found, in order; at least one finding.
    package static func decode(_ text: Span<UInt8>, _ deliver: (Finding) -> Void) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            return deliver(.garbage(id: nil, reason: "\(error)"))
        }
        guard case .array(let elements) = value else { return deliver(decode(value)) }
        guard !elements.isEmpty else { return deliver(.garbage(id: nil, reason: "a batch is empty")) }
        guard elements.count <= maximumBatch else {
            return deliver(.garbage(id: nil, reason: "a batch holds more than \(maximumBatch) messages"))
        }
        for element in elements { deliver(decode(element)) }
    }

    /// Reads one message that is parsed already.
    package static func decode(_ value: JSONValue) -> Finding {
        guard case .object(let object) = value else {
            return .garbage(id: nil, reason: "a message is \(value.kindDescription) instead of an object")
        }
        var members = Members()
        for member in object.members { members.take(member) }
        return members.finding
    }

    /// What counts in a message.
    private struct Members {
        var version: JSONValue?
        var id: JSONValue?
        var method: JSONValue?
        var params: JSONValue?
        var result: JSONValue?
        var error: JSONValue?

        mutating func take(_ member: JSONObject.Member) {
            switch member.name {
            case "jsonrpc": version = member.value
            case "id": id = member.value
            case "method": method = member.value
            case "params": params = member.value
            case "result": result = member.value
            // Some servers write an error that is none beside a result.
            case "error": error = member.value.isNull ? .none : member.value
            default: break
            }
        }

        var finding: Finding {
            let known = id.flatMap(JSONRPCID.init)
            guard version == nil || version == "2.0" else {
                return .garbage(id: method == nil ? known : nil, reason: "a message is not of JSON-RPC 2.0")
            }
            if let method { return call(method, known) }
            return answer(known)
        }

        private func call(_ method: JSONValue, _ known: JSONRPCID?) -> Finding {
            guard case .string(let method) = method else {
                return .garbage(id: nil, reason: "a method's name is no string")
            }
            if let params, params.object == nil, params.array == nil, !params.isNull {
                return .garbage(id: nil, reason: "parameters are neither an object nor an array")
            }
            guard id != nil else { return .message(.notification(method: method, params: params)) }
            guard let known else {
                return .garbage(id: nil, reason: "a request's id is neither a string nor an integer")
            }
            return .message(.request(id: known, method: method, params: params))
        }

        private func answer(_ known: JSONRPCID?) -> Finding {
            switch (result, error) {
            case (let result?, .none):
                guard let known else {
                    return .garbage(id: nil, reason: "an answer's id is neither a string nor an integer")
                }
                return .message(.response(id: known, result: result))
            case (.none, let error?):
                // An answer to what the peer could not read has no id.
                guard known != nil || id == nil || id?.isNull == true else {
                    return .garbage(id: nil, reason: "an answer's id is neither a string nor an integer")
                }
                return .message(.failure(id: known, JSONRPCFailure(json: error)))
            case (.none, .none): return .garbage(id: known, reason: "a message has no method, no result and no error")
            case (.some, .some): return .garbage(id: known, reason: "an answer has both a result and an error")
            }
        }
    }
}

extension JSONRPCFailure {
    /// Reads the `error` of an answer, however little of it is there: whoever asked must hear that it failed.
    ///
    /// - Parameter json: The member.
    package init(json: JSONValue) {
        self.init(
            Code(rawValue: json["code"]?.int ?? Code.internalError.rawValue),
            json["message"]?.string ?? json.string ?? "an error without a message",
            data: json["data"]
        )
    }

    /// The failure as an answer carries it.
    package var json: JSONValue {
        var object: JSONObject = ["code": .number(JSONNumber(code.rawValue)), "message": .string(message)]
        object["data"] = data
        return .object(object)
    }
}
