import MCPKit
import Modelplex
import ProviderKit
import TransportKit

/// `plexctl mcp`.
enum ToolsCommand {
    static func servers(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let settings = try PlexSession(arguments, context).configuration().mcp
        let console = context.console
        if arguments.has(.json) {
            let value: JSONValue = [
                "enabled": .bool(settings.enabled), "servers": .array(settings.servers.map(\.json)),
            ]
            return try console.print(value.serializedString + "\n")
        }
        if !settings.enabled { console.warn("tools are switched off: enabled = false under [mcp]") }
        if settings.servers.isEmpty { console.note(noServer) }
        var table = TextTable(header: ["NAME", "KIND", "WHERE"])
        table.rows = settings.servers.map { [$0.name, $0.isEnabled ? $0.kind : "off", $0.place] }
        try console.print(table.text(showsHeader: console.output.isTerminal))
    }

    static func tools(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        try await withServers(arguments, context) { servers throws(Failure) in
            let box = try await asking { () async throws(PlexError) in
                try await servers.box(of: arguments.positionals.first.map { [$0] })
            }
            let contents = try await asking { () async throws(PlexError) in try await box.contents() }
            if box.sources.isEmpty { context.console.note(noServer) }
            try list(contents, arguments, context.console)
        }
    }

    static func call(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let words = arguments.positionals
        let server = words.first ?? ""
        let tool = words.dropFirst().first ?? ""
        let values = try callArguments(words.dropFirst(2).first, context.input)
        try await withServers(arguments, context) { servers throws(Failure) in
            let source = try await asking { () async throws(PlexError) in try await servers.server(named: server) }
            let result: MCPToolResult
            do throws(MCPError) {
                result = try await source.callTool(tool, arguments: values)
            } catch {
                throw try await explained(error, tool: tool, of: source)
            }
            if result.isError, let failure = try await missing(tool, of: source) { throw failure }
            try show(result, arguments, context.console)
        }
    }

    static func check(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        try await withServers(arguments, context) { servers throws(Failure) in
            let names = arguments.positionals.first.map { [$0] } ?? servers.names
            let checks = await ToolServerCheck.all(of: names, servers)
            let console = context.console
            if arguments.has(.json) {
                let value: JSONValue = ["servers": .array(checks.map(\.json))]
                try console.print(value.serializedString + "\n")
            } else {
                if checks.isEmpty { console.note(noServer) }
                try console.print(checks.map { $0.line + "\n" }.joined())
                for failure in checks.compactMap(\.failure) { console.fail(failure.message) }
            }
            if var worst = checks.compactMap(\.failure).worst {
                // All has been said.
                worst.isReported = true
                throw worst
            }
        }
    }

    static func login(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let name = arguments.positionals.first ?? ""
        let console = context.console
        try await withServers(arguments, context) { servers throws(Failure) in
            let status = try await asking { () async throws(PlexError) in
                try await servers.logIn(to: name) { prompt in
                    for line in AuthLoginCommand.lines(of: prompt) { console.note(line) }
                }
            }
            let login = servers.settings.servers.first { $0.name == name }?.login ?? ""
            guard arguments.has(.json) else { return console.note("\(name): logged in as \(login)") }
            let value: JSONValue = [
                "name": .string(name), "login": .string(login), "version": .string(status.version.rawValue),
            ]
            try console.print(value.serializedString + "\n")
        }
    }

    private static let noServer = "no MCP server is configured; name one under [[mcp.servers]]"

    /// Does something with the configured servers, and closes them whatever comes of it.
    static func withServers<Value>(
        _ arguments: Arguments,
        _ context: Context,
        _ body: (ToolServers) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let servers = try PlexSession(arguments, context).toolServers()
        context.beginCancellable()
        do {
            let value = try await body(servers)
            await servers.close()
            return value
        } catch {
            await servers.close()
            throw error
        }
    }

    /// Reads the arguments of a call.
    static func callArguments(_ word: String?, _ input: StandardInput) throws(Failure) -> JSONObject {
        guard let word else { return [:] }
        let bytes = word == "-" ? try input.readAll() : Array(word.utf8)
        do {
            if let object = try JSONValue(parsing: bytes).object { return object }
        } catch {
            throw Failure(.badData, "the arguments are not valid JSON: \(error)")
        }
        throw Failure(.badData, #"the arguments are no JSON object; write them as '{"NAME": VALUE}'"#)
    }

    private static func list(
        _ contents: ToolBoxContents,
        _ arguments: Arguments,
        _ console: Console
    ) throws(Failure) {
        let failures = contents.failures.map { Failure(PlexError($0)) }
        if arguments.has(.json) {
            let value: JSONValue = [
                "tools": .array(
                    contents.definitions.map { definition in
                        let tool = contents.serverTool(named: definition.name)
                        var json = tool?.tool.json ?? [:]
                        json["name"] = .string(definition.name)
                        json["server"] = tool.map { .string($0.source) }
                        json["tool"] = tool.map { .string($0.tool.name) }
                        return .object(json)
                    }
                ),
                "failures": .array(failures.map { $0.json["error"] ?? .null }),
            ]
            try console.print(value.serializedString + "\n")
        } else {
            for failure in failures {
                if contents.definitions.isEmpty { console.fail(failure.message) } else { console.warn(failure.message) }
            }
            var table = TextTable(header: ["TOOL", "DESCRIPTION"])
            table.rows = contents.definitions.map { [$0.name, firstLine(of: $0.description ?? "")] }
            try console.print(table.text(showsHeader: console.output.isTerminal))
        }
        if contents.definitions.isEmpty, var worst = failures.worst {
            worst.isReported = true
            throw worst
        }
    }

    private static func firstLine(of text: String) -> String {
        text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    private static func show(
        _ result: MCPToolResult,
        _ arguments: Arguments,
        _ console: Console
    ) throws(Failure) {
        if arguments.has(.json) {
            try console.print(JSONValue.object(result.json).serializedString + "\n")
            guard result.isError else { return }
            var failure = Failure(.failure, "")
            failure.isReported = true
            throw failure
        }
        let text = result.printed
        guard !result.isError else { throw Failure(.failure, "the tool failed: \(text)") }
        var cleaner = TerminalText()
        try console.printLines(console.output.isTerminal ? cleaner.cleaned(text) : text)
    }

    /// What a server's error means, where the tool is not there at all.
    private static func explained(
        _ error: MCPError,
        tool: String,
        of source: any ToolSource
    ) async throws(Failure) -> Failure {
        if error.code == .request || error.code == .notFound, let missing = try await missing(tool, of: source) {
            return missing
        }
        return Failure(PlexError(error, server: source.name))
    }

    private static func missing(_ tool: String, of source: any ToolSource) async throws(Failure) -> Failure? {
        guard let names = try? await source.tools().map(\.name), !names.contains(tool) else { return nil }
        let nearest = nearestName(to: tool, among: names).map { "did you mean '\($0)'?" }
        let hint = nearest ?? (names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))")
        return Failure(PlexError(.notFound, "MCP server \"\(source.name)\" has no tool \"\(tool)\"; \(hint)"))
    }
}

extension MCPToolResult {
    /// The result for people: texts as they are, and what else there is in a few words.
    var printed: String {
        let pieces = content.map { piece in
            switch piece.kind {
            case .text(let text): text
            case .image(let media): "[image, \(media.mediaType ?? "of an unknown type")]"
            case .audio(let media): "[recording, \(media.mediaType ?? "of an unknown type")]"
            case .resourceLink(let resource): "[resource \(resource.uri)]"
            case .resource(let contents): contents.text ?? "[resource \(contents.uri)]"
            case .unknown(let type): "[\(type)]"
            @unknown default: ""
            }
        }
        if pieces.isEmpty { return structuredContent?.prettyPrinted() ?? "" }
        return pieces.joined(separator: "\n")
    }
}

extension PlexConfiguration.MCPServer {
    /// `stdio` or `http`.
    var kind: String {
        switch transport {
        case .command: "stdio"
        case .url: "http"
        @unknown default: ""
        }
    }

    /// The program or the address, without arguments and query, which may hold secrets.
    var place: String {
        switch transport {
        case .command(let command, _, _): command
        case .url(let url, _): String(url.prefix { $0 != "?" })
        @unknown default: ""
        }
    }

    /// The server for programs.
    var json: JSONValue {
        var fields: JSONObject = ["name": .string(name), "kind": .string(kind), "enabled": .bool(isEnabled)]
        fields[kind == "stdio" ? "command" : "url"] = .string(place)
        switch policy {
        case .perCall: fields["policy"] = "per-call"
        default: fields["policy"] = "persistent"
        }
        return .object(fields)
    }
}
