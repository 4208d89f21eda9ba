import TransportKit

extension JSONRPCMessage {
    /// Appends the message as JSON text, which has no line feed in it.
    ///
    /// - Parameter bytes: What to append to.
    package func encode(into bytes: inout [UInt8]) {
        bytes.append(raw: #"{"jsonrpc":"2.0","#)
        switch self {
        case .request(let id, let method, let params):
            bytes.append(raw: #""id":"#)
            bytes.append(id)
            bytes.append(UInt8(ascii: ","))
            bytes.append(method: method, params: params)
        case .notification(let method, let params):
            bytes.append(method: method, params: params)
        case .response(let id, let result):
            bytes.append(raw: #""id":"#)
            bytes.append(id)
            bytes.append(raw: #","result":"#)
            bytes.append(json: result)
        case .failure(let id, let failure):
            bytes.append(raw: #""id":"#)
            if let id { bytes.append(id) } else { bytes.append(raw: "null") }
            bytes.append(raw: #","error":"#)
            bytes.append(json: failure.json)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// The message as JSON text.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }

    /// The id of a request or an answer.
    package var id: JSONRPCID? {
        switch self {
        case .request(let id, _, _), .response(let id, _): id
        case .failure(let id, _): id
        case .notification: nil
        }
    }

    /// The method of a request or a notification.
    package var method: String? {
        switch self {
        case .request(_, let method, _), .notification(let method, _): method
        case .response, .failure: nil
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ id: JSONRPCID) {
        switch id {
        case .integer(let value): append(contentsOf: String(value).utf8)
        case .string(let value): append(jsonString: value)
        }
    }

    fileprivate mutating func append(method: String, params: JSONValue?) {
        append(raw: #""method":"#)
        append(jsonString: method)
        guard let params else { return }
        append(raw: #","params":"#)
        append(json: params)
    }
}
