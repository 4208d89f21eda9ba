import MCPKit
import Modelplex
import ProviderKit
import TransportKit

/// What came of connecting to a server and asking for its tools.
struct ToolServerCheck: Sendable {
    /// The server.
    let name: String
    /// What it says of itself and how many tools it has, if it answered.
    let answer: (status: ToolServerStatus, tools: Int)?
    /// Why it did not.
    let failure: Failure?
    /// How long it took.
    let duration: Duration

    /// Connects to a server and asks for its tools.
    init(of name: String, _ servers: ToolServers) async {
        self.name = name
        let started = ContinuousClock.now
        let result = await Self.answer(of: name, servers)
        duration = started.duration(to: ContinuousClock.now)
        switch result {
        case .success(let answer): (self.answer, failure) = (answer, nil)
        case .failure(let error): (answer, failure) = (nil, Failure(error))
        }
    }

    /// Checks servers, all at the same time.
    ///
    /// - Returns: The checks, in the order of the names.
    static func all(of names: [String], _ servers: ToolServers) async -> [ToolServerCheck] {
        await withTaskGroup(of: ToolServerCheck.self) { group in
            for name in names { group.addTask { await ToolServerCheck(of: name, servers) } }
            let checks = await group.reduce(into: [:]) { $0[$1.name] = $1 }
            return names.compactMap { checks[$0] }
        }
    }

    /// The check for people, in one line.
    var line: String {
        guard let answer else { return "\(name): failed after \(ChatReport.seconds(duration))" }
        let product = answer.status.product.map { "\(TerminalText.line($0)), " } ?? ""
        let tools = answer.tools == 1 ? "1 tool" : "\(answer.tools) tools"
        return "\(name): ok, \(product)MCP \(answer.status.version) over \(answer.status.transport), \(tools), "
            + ChatReport.seconds(duration)
    }

    /// The check for programs.
    var json: JSONValue {
        var fields: JSONObject = [
            "name": .string(name), "ok": .bool(failure == nil), "seconds": .number(JSONNumber(duration.inSeconds)),
        ]
        if let answer {
            fields["version"] = .string(answer.status.version.rawValue)
            fields["product"] = answer.status.product.map { .string($0) }
            fields["transport"] = .string(answer.status.transport)
            fields["capabilities"] = .array(answer.status.capabilities.map { .string($0) })
            fields["pid"] = answer.status.processID.map { .number(JSONNumber(Int($0))) }
            fields["age_seconds"] = answer.status.age.map { .number(JSONNumber($0.inSeconds)) }
            fields["requests"] = .number(JSONNumber(answer.status.requests.all))
            fields["failures"] = .number(JSONNumber(answer.status.requests.failed))
            fields["tools"] = .number(JSONNumber(answer.tools))
        }
        fields["error"] = failure.flatMap { $0.json["error"] }
        return .object(fields)
    }

    private static func answer(
        of name: String,
        _ servers: ToolServers
    ) async -> Result<(status: ToolServerStatus, tools: Int), PlexError> {
        do throws(PlexError) {
            let connection = try await servers.connection(named: name)
            do throws(MCPError) {
                let status = try await connection.status()
                return .success((status, try await connection.tools().count))
            } catch {
                throw PlexError(error, server: name)
            }
        } catch {
            return .failure(error)
        }
    }
}
