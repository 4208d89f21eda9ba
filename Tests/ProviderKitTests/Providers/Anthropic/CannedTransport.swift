import TransportKit

/// A transport that gives prepared answers in order and keeps what it was asked.
final class CannedTransport: HTTPTransport {
    struct Answer: Sendable {
        var status = 200
        var fields: HTTPFields = ["content-type": "application/json"]
        var body: String

        init(_ body: String, status: Int = 200, fields: HTTPFields = ["content-type": "application/json"]) {
            self.body = body
            self.status = status
            self.fields = fields
        }
    }

    private struct State {
        var answers: [Answer]
        var requests: [HTTPRequest] = []
    }

    private let state: Locked<State>

    init(_ answers: Answer...) {
        state = Locked(State(answers: answers))
    }

    var requests: [HTTPRequest] { state.withLock(\.requests) }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? nil : state.answers.removeFirst()
        }
        guard let answer else { throw TransportError(.connect, "there is no answer left") }
        return HTTPResponse(
            status: answer.status,
            fields: answer.fields,
            body: HTTPBody(bytes: Array(answer.body.utf8))
        )
    }
}

extension HTTPRequest {
    /// The body as JSON.
    var json: JSONValue? {
        guard case .bytes(let bytes)? = body else { return nil }
        return try? JSONValue(parsing: bytes)
    }

    /// A credential's text.
    func credential(_ name: String) -> String? {
        credentials[name]?.withText { $0 }
    }
}
