extension Command {
    /// `plexctl mcp`.
    static let tools = Command(
        name: "mcp",
        summary: "See the tools of the configured MCP servers, and call them.",
        discussion: [
            """
            Servers stand under [[mcp.servers]] in the configuration: a program that is started, or an address. Their tools \
            are called SERVER__TOOL; 'plexctl chat --mcp SERVER' lets a model use them.
            """
        ],
        subcommands: [servers, toolList, call, check]
    )

    private static let servers = Command(
        name: "servers",
        summary: "List the configured servers; none is started.",
        options: [.json],
        action: ToolsCommand.servers
    )

    private static let toolList = Command(
        name: "tools",
        summary: "List the tools of servers, each as SERVER__TOOL.",
        discussion: ["A server that fails is named on standard error; the command fails only if none answers."],
        positionals: [
            Positional(name: "SERVER", kind: .toolServer, summary: "The server to ask; without it, all.")
        ],
        options: [.json],
        action: ToolsCommand.tools
    )

    private static let call = Command(
        name: "call",
        summary: "Call a tool and print what it gives back.",
        discussion: [
            "A tool that fails says why on standard error, and the command ends with exit code 1."
        ],
        positionals: [
            Positional(name: "SERVER", kind: .toolServer, isRequired: true, summary: "The server."),
            Positional(name: "TOOL", isRequired: true, summary: "The tool, by the server's own name for it."),
            Positional(name: "JSON", summary: "The arguments, an object; '-' reads standard input."),
        ],
        options: [.json],
        examples: [
            Example(
                purpose: "Ask a time server for the time",
                line: #"plexctl mcp call time get_current_time '{"timezone": "Europe/Oslo"}'"#
            )
        ],
        action: ToolsCommand.call
    )

    private static let check = Command(
        name: "check",
        summary: "Connect to servers and report version, tools and time taken, or what is wrong and what to do.",
        discussion: ["The exit code is that of the worst failure."],
        positionals: [
            Positional(name: "SERVER", kind: .toolServer, summary: "The server to check; without it, all.")
        ],
        options: [.json],
        action: ToolsCommand.check
    )
}

extension Option {
    static let toolServer = option(
        "mcp",
        "SERVER",
        .toolServer,
        isRepeatable: true,
        "Let the model use the tools of this configured MCP server; each call is asked about first."
    )
    static let maxRounds = option(
        "max-rounds",
        "COUNT",
        .integer(1...1000),
        "Run the model's tool calls at most so many times, 10 if it is not given; it is asked once more than that."
    )
    static let approveAll = flag("yes", short: "y", "Run every tool call without asking.")
}
