import ProviderTesting
import Testing
import TransportKit

/// A gateway that runs as a process, with a socket and a port of its own.
struct ServedProgram {
    /// The program's files.
    let program: Program
    /// The process.
    let process: ChildProcess
    /// The port that the system chose.
    let port: String

    /// What asks it.
    let client = HTTPClient()

    /// The socket's path.
    var socket: String { "\(program.scratch.path)/plex.sock" }

    /// Starts a gateway and waits until it is ready.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - configuration: The whole configuration.
    ///   - listeners: Further addresses.
    /// - Throws: An error, if it does not become ready.
    init(_ program: Program, _ configuration: String, listeners: [String] = []) async throws {
        self.program = program
        let file = try program.scratch.write(configuration, to: "config.toml")
        let socket = "\(program.scratch.path)/plex.sock"
        let further = listeners.flatMap { ["--listen", $0] }
        process = try await program.start(["-c", file, "serve", "-s", socket, "--http", "127.0.0.1:0"] + further)
        let line = try await process.errorLine(containing: "listening at http://127.0.0.1:")
        port = String(try #require(line?.split(separator: ":").last).prefix { $0.isNumber })
        try #require(try await process.errorLine(containing: "ready") != nil)
    }

    /// One answer, whole.
    struct Answer: Sendable {
        var status: Int
        var text: String
        /// The session of the Model Context Protocol that it began.
        var session: String?
        /// In how many seconds to come again.
        var retryAfter: String?

        var json: JSONValue? { try? JSONValue(parsing: text) }
    }

    /// Asks at the port.
    func ask(_ method: String = "GET", _ path: String, _ body: String? = nil) async throws -> Answer {
        try await answer(method, "http://127.0.0.1:\(port)\(path)", nil, body)
    }

    /// Asks at the socket.
    func askAtSocket(_ method: String = "GET", _ path: String, _ body: String? = nil) async throws -> Answer {
        try await answer(method, "http://localhost\(path)", socket, body)
    }

    /// Asks at any socket, with further header fields.
    func ask(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        at socket: String,
        fields: HTTPFields = [:]
    ) async throws -> Answer {
        try await answer(method, "http://localhost\(path)", socket, body, fields)
    }

    private func answer(
        _ method: String,
        _ url: String,
        _ socket: String?,
        _ body: String?,
        _ further: HTTPFields = [:]
    ) async throws -> Answer {
        var fields: HTTPFields = ["content-type": "application/json"]
        for field in further.fields { fields.append(field.name, field.value) }
        let request = HTTPRequest(
            method: method,
            url: url,
            unixSocketPath: socket,
            fields: fields,
            body: body.map { .bytes(Array($0.utf8)) }
        )
        let response = try await client.send(request)
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return Answer(
            status: response.status,
            text: String(decoding: bytes, as: UTF8.self),
            session: response.fields["mcp-session-id"],
            retryAfter: response.fields["retry-after"]
        )
    }

    /// The names of the models that are listed.
    func models() async throws -> [String] {
        try await ask("GET", "/v1/models").json?["data"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    /// A request for a chat.
    static func chat(_ model: String, isStreaming: Bool = false) -> String {
        #"{"model":"\#(model)","stream":\#(isStreaming),"messages":[{"role":"user","content":"prompt-canary"}]}"#
    }

    /// Ends it in order.
    func end() async throws -> ChildProcess.Outcome {
        process.signal(15)
        return try await program.outcome(of: process)
    }
}
