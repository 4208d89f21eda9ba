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
        subcommands: [servers, toolList, call, check, logIn, serve, new]
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

    private static let logIn = Command(
        name: "login",
        summary: "Log in to a server over HTTP that has a login in the configuration; the store keeps it.",
        discussion: [
            """
            The server says where its users log in. The client registers there by itself, shows the address to open in a \
            browser of this machine, and waits for up to five minutes.
            """
        ],
        positionals: [
            Positional(name: "SERVER", kind: .toolServer, isRequired: true, summary: "The server.")
        ],
        options: [.json],
        action: ToolsCommand.login
    )

    private static let check = Command(
        name: "check",
        summary: "Connect to servers and report version, tools and time taken, or what is wrong and what to do.",
        discussion: [
            "The exit code is that of the worst failure. With --json there are the server's capabilities and the connection's figures too."
        ],
        positionals: [
            Positional(name: "SERVER", kind: .toolServer, summary: "The server to check; without it, all.")
        ],
        options: [.json],
        action: ToolsCommand.check
    )

    private static let serve = Command(
        name: "serve",
        summary: "Be one MCP server in front of all that are configured, on standard input and output.",
        discussion: [
            """
            This is the command to give an editor or an agent that starts MCP servers. Standard output is the client's; logs and \
            warnings go to standard error. It ends when its input closes, at Ctrl-C and at SIGTERM, and all servers with it. \
            'plexctl serve' does the same at /mcp.
            """
        ],
        options: [.lean, .allowTools, .denyTools],
        examples: [
            Example(
                purpose: "Offer the tools of one server, but for those that write",
                line: "plexctl mcp serve --allow 'files__*' --deny '*__write_*'"
            )
        ],
        action: ToolServeCommand.run
    )

    private static let new = Command(
        name: "new",
        summary: "Make a small MCP server project to begin with.",
        discussion: [
            """
            The project is made in a new folder of this name; nothing is written over. Standard output has what to add to the \
            configuration.
            """
        ],
        positionals: [
            Positional(name: "NAME", isRequired: true, summary: "The server's name, and the folder's.")
        ],
        options: [.template],
        examples: [
            Example(purpose: "Make one in Python and configure it", line: "plexctl mcp new weather >> config.toml")
        ],
        action: NewServerCommand.run
    )
}

extension Option {
    static let lean = flag("lean", "Offer three tools to find and call all others by, instead of the whole list.")
    static let allowTools = option(
        "allow",
        "PATTERN",
        .text,
        isRepeatable: true,
        "Offer only what fits a pattern with * and ?, as SERVER__TOOL."
    )
    static let denyTools = option(
        "deny",
        "PATTERN",
        .text,
        isRepeatable: true,
        "Do not offer what fits a pattern, whatever is allowed."
    )
    static let template = option(
        "template",
        "LANGUAGE",
        .choice(ServerTemplate.allCases.map(\.rawValue)),
        "The language of the project: python, which it is if this is not given, or swift."
    )
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
