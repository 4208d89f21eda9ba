import FoundationEssentials
import Glibc
import ProviderTesting
import TransportKit

/// `plexctl serve` as its users run it, until this object is released.
final class GatewayProcess: Sendable {
    /// One of its four listeners.
    enum Listener: String, CaseIterable, Sendable {
        case unixHost, unixGuest, tcpHost, tcpGuest

        var isUnix: Bool { self == .unixHost || self == .unixGuest }
        var isHost: Bool { self == .unixHost || self == .tcpHost }
    }

    /// The program, which stands beside the tests' own.
    static let program: String = {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe buffer.bindMemory(to: CChar.self).baseAddress.map { unsafe readlink("/proc/self/exe", $0, 4096) }
        }
        let own = String(decoding: buffer[..<max(0, count ?? 0)], as: UTF8.self)
        return own.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/plexctl"
    }()

    let child: ChildProcess
    let folder: TestFolder
    private let ports: [Listener: Int]
    private let client = HTTPClient()

    private init(child: ChildProcess, folder: TestFolder, report: String) {
        self.child = child
        self.folder = folder
        var ports: [Listener: Int] = [:]
        for line in report.split(separator: "\n") {
            guard let place = line.firstRange(of: "listening at http://127.0.0.1:") else { continue }
            let port = Int(line[place.upperBound...].prefix { $0.isNumber })
            ports[line.contains("(guest") ? .tcpGuest : .tcpHost] = port
        }
        self.ports = ports
    }

    /// Starts a gateway and waits until it says that it is ready.
    ///
    /// - Parameters:
    ///   - server: Lines of the configuration's `[server]`.
    ///   - providers: The configuration's providers.
    ///   - attempts: How often a request to a model without a route is sent.
    ///   - routing: Further lines of the configuration's `[routing]`.
    ///   - environment: Its environment, beside `HOME`.
    ///   - wrapper: A program that starts it, with that program's own arguments.
    ///   - folder: Where its sockets are.
    /// - Returns: The running gateway.
    /// - Throws: `RigError`, with what it said, if it ends instead.
    static func start(
        server: String = "",
        providers: String,
        attempts: Int = 1,
        routing: String = "",
        environment: [String: String] = [:],
        under wrapper: [String] = [],
        in folder: TestFolder? = nil
    ) async throws -> GatewayProcess {
        let folder = try folder ?? TestFolder()
        let child = try await launch(
            server: server,
            providers: providers,
            attempts: attempts,
            routing: routing,
            environment: environment,
            under: wrapper,
            in: folder
        )
        guard try await child.errorLine(containing: "ready") != nil else {
            let said = try await child.outcome().errorOutput
            throw RigError(description: "the gateway did not start. It said: \(said)")
        }
        return GatewayProcess(child: child, folder: folder, report: child.errorOutput)
    }

    /// Starts a gateway that need not come up.
    static func launch(
        server: String = "",
        providers: String,
        attempts: Int = 1,
        routing: String = "",
        environment: [String: String] = [:],
        under wrapper: [String] = [],
        in folder: TestFolder
    ) async throws -> ChildProcess {
        let configuration = try folder.write(
            """
            [server]
            listen = [
              "unix:\(folder.path)/host.socket", "unix:\(folder.path)/guest.socket?role=guest",
              "tcp:127.0.0.1:0", "tcp:127.0.0.1:0?role=guest",
            ]
            \(server)

            [routing]
            attempts = \(attempts)
            \(routing)

            \(providers)
            """,
            to: "config.toml"
        )
        let command = wrapper + [program, "serve", "--config", configuration]
        return try await ChildProcess(
            command[0],
            Array(command.dropFirst()),
            environment: ["HOME": folder.path].merging(environment) { _, given in given }
        )
    }

    // MARK: Requests

    func socket(_ listener: Listener) -> String {
        "\(folder.path)/\(listener.isHost ? "host" : "guest").socket"
    }

    /// Where clients find it: `unix:PATH` or `http://HOST:PORT`.
    func address(_ listener: Listener) throws -> String {
        if listener.isUnix { return "unix:\(socket(listener))" }
        guard let port = ports[listener] else {
            throw RigError(description: "the start-up report names no port for \(listener): \(child.errorOutput)")
        }
        return "http://127.0.0.1:\(port)"
    }

    /// Sends a request and gives the answer when its head is there.
    func send(
        _ method: String,
        _ path: String,
        _ body: JSONValue? = nil,
        at listener: Listener = .unixGuest,
        fields: HTTPFields = [:]
    ) async throws -> HTTPResponse {
        var fields = fields
        if body != nil { fields["Content-Type"] = "application/json" }
        return try await client.send(
            HTTPRequest(
                method: method,
                url: (listener.isUnix ? "http://modelplex" : try address(listener)) + path,
                unixSocketPath: listener.isUnix ? socket(listener) : nil,
                fields: fields,
                body: body.map { .bytes($0.serialized) },
                // What takes long on a busy machine is the gateway's own limits to judge.
                timeouts: Timeouts(connect: .seconds(60), firstByte: .seconds(240), idle: .seconds(240)),
                isStreaming: body?["stream"]?.bool == true
            )
        )
    }

    /// Sends a request and gives the whole answer.
    func ask(
        _ method: String,
        _ path: String,
        _ body: JSONValue? = nil,
        at listener: Listener = .unixGuest,
        fields: HTTPFields = [:]
    ) async throws -> WholeAnswer {
        let response = try await send(method, path, body, at: listener, fields: fields)
        let bytes = try await response.body.collect(upTo: 32 << 20)
        return WholeAnswer(status: response.status, fields: response.fields, body: bytes)
    }

    /// Asks a model.
    func chat(_ model: String, at listener: Listener = .unixGuest, fields: HTTPFields = [:]) async throws -> WholeAnswer
    {
        try await ask("POST", "/v1/chat/completions", .chat(model), at: listener, fields: fields)
    }

    /// Asks a model for a stream.
    func stream(_ model: String, at listener: Listener = .unixGuest) async throws -> StreamedAnswer {
        StreamedAnswer(try await send("POST", "/v1/chat/completions", .chat(model, isStreamed: true), at: listener))
    }

    /// Its resident memory in bytes.
    func residentMemory() throws -> Int { try memory("VmRSS:") }

    /// The most memory that was ever resident, in bytes.
    func peakMemory() throws -> Int { try memory("VmHWM:") }

    private func memory(_ name: String) throws -> Int {
        let status = FileManager.default.contents(atPath: "/proc/\(child.processID)/status") ?? Data()
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name) }
        guard let kibibytes = line.flatMap({ Int($0.filter(\.isNumber)) }) else {
            throw RigError(description: "the gateway has no /proc/PID/status")
        }
        return kibibytes * 1024
    }
}

/// An answer that is all there.
struct WholeAnswer: Sendable {
    var status: Int
    var fields: HTTPFields
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue? { try? JSONValue(parsing: body) }
    /// What a model said.
    var content: String? { json?["choices"]?.array?.first?["message"]?["content"]?.string }
    /// The code of an error.
    var errorCode: String? { json?["error"]?["code"]?.string }
}

extension JSONValue {
    /// A request to a model.
    static func chat(_ model: String, isStreamed: Bool = false) -> JSONValue {
        [
            "model": .string(model), "stream": .bool(isStreamed),
            "messages": [["role": "user", "content": "Hi"]],
        ]
    }
}
