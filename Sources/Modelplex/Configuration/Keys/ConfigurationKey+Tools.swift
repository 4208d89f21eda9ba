// Servers whose tools models get.
extension ConfigurationKey {
    static let mcp: [ConfigurationKey] =
        [
            ConfigurationKey("enabled", .boolean, default: true, "Whether models get tools at all."),
            ConfigurationKey(
                "servers",
                .list(.table(toolServer), isNonEmpty: false),
                "The servers whose tools are offered."
            ),
        ] + offer("tools, as `SERVER__TOOL`") + [
            ConfigurationKey(
                "lean",
                .boolean,
                default: false,
                "Whether MCP clients get three tools to find and call all others by, instead of the whole list."
            ),
            ConfigurationKey(
                "access",
                .list(.table(toolAccess), isNonEmpty: false),
                "What certain MCP clients get of it all; each entry that fits one takes away further."
            ),
            ConfigurationKey("sessions", .table(toolSessions), "How many MCP clients are served, and how long."),
            ConfigurationKey(
                "seeds",
                .list(.table(toolSeed), isNonEmpty: false),
                "Servers that the gateway adds to its own list at its first start; one that is taken out there stays out."
            ),
        ]

    private static let toolAccess: [ConfigurationKey] =
        [
            ConfigurationKey("role", .choice(["host", "guest"]), "Clients at listeners of this role."),
            ConfigurationKey(
                "listener",
                .text(.listener),
                "Clients at this listener, as `server.listen` names it; its options do not matter. `stdio` are those of `plexctl mcp serve`."
            ),
            ConfigurationKey("key", .text(.providerName), "Clients with the access key of this name."),
        ] + offer("tools, as `SERVER__TOOL`")

    private static let toolSessions: [ConfigurationKey] = [
        ConfigurationKey("max", .integer(1...1_000_000), default: 1024, "The most clients with a session at a time."),
        ConfigurationKey(
            "idle",
            .duration(minimum: .seconds(1), allowsNone: false),
            default: "30m",
            "After how long without a request a session over HTTP ends."
        ),
    ]

    private static let toolSeed: [ConfigurationKey] =
        [
            ConfigurationKey(
                "commands",
                .list(.list(.text(.argument), isNonEmpty: true), isNonEmpty: true),
                "Programs, each with its arguments; the first one that is found is taken."
            )
        ] + toolServer.filter { $0.name != "command" && $0.name != "args" }

    private static func offer(_ what: String) -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "allow",
                .list(.text(.toolPattern), isNonEmpty: false),
                "Patterns (`*`, `?`) of \(what), that MCP clients get; left out, all."
            ),
            ConfigurationKey(
                "deny",
                .list(.text(.toolPattern), isNonEmpty: false),
                default: [],
                "Patterns of \(what), that they do not, whatever is allowed."
            ),
        ]
    }

    static let toolServer: [ConfigurationKey] =
        [
            ConfigurationKey(
                "name",
                .text(.toolServerName),
                required: true,
                "The first part of its tools' names; letters, digits, `_` and `-`."
            ),
            ConfigurationKey("enabled", .boolean, default: true, "Whether it is used."),
            ConfigurationKey(
                "command",
                .text(.nonEmpty),
                "The program, a path or a name in `PATH`; no shell is between."
            ),
            ConfigurationKey(
                "args",
                .list(.text(.argument), isNonEmpty: false),
                "The program's arguments."
            ),
            ConfigurationKey(
                "env",
                .map(.variableNames, .environmentValue),
                "Variables that the program gets beside a few that every one does (`HOME`, `PATH`, `LANG`, `USER` and the like); "
                    + "`store:NAME` and `file:PATH` as in `api_key`; never shown."
            ),
            ConfigurationKey(
                "cwd",
                .text(.nonEmpty),
                "With `command`: the folder that it starts in, from the folder of the configuration; left out, our own."
            ),
            ConfigurationKey(
                "limits",
                .table(toolLimits),
                "With `command`: what it may use; left out, there is no limit."
            ),
            ConfigurationKey(
                "sandbox",
                .table(toolSandbox),
                "With `command`: bubblewrap stands around it and shows it nothing but programs and what is named here; an empty table will do."
            ),
            ConfigurationKey("url", .text(.toolURL), "Instead of `command`: the server's address."),
            ConfigurationKey(
                "headers",
                .map(.headerNames, .headerValue),
                "With `url`: header fields of each request; `store:NAME` and `file:PATH` as in `api_key`; never shown."
            ),
            ConfigurationKey(
                "allow_http",
                .boolean,
                default: false,
                "Whether a plain HTTP `url` beyond this machine is allowed."
            ),
            ConfigurationKey(
                "login",
                .text(.nonEmpty),
                "With `url`: the name of a login in the credential store, which `plexctl mcp login SERVER` makes."
            ),
            ConfigurationKey(
                "credentials",
                .list(.table(toolCredential), isNonEmpty: false),
                "What it gets of the credential store, and what if that has nothing."
            ),
            ConfigurationKey("timeouts", .table(toolTimeouts), "How long things may take."),
            ConfigurationKey(
                "policy",
                .choice(["persistent", "per-call"]),
                default: "persistent",
                "Whether one connection serves all calls, or each call makes its own."
            ),
            ConfigurationKey(
                "idle_close",
                .duration(minimum: .milliseconds(1), allowsNone: true),
                default: "10m",
                "After how long without a call the connection is closed; the next call makes a new one. `\"none\"` keeps it open."
            ),
            ConfigurationKey(
                "ping",
                .duration(minimum: .seconds(1), allowsNone: false),
                "After how much silence a server of a version before 2026-07-28 is asked for a sign of life; left out, never. "
                    + "It is not asked while it works on a call; two silences in a row close the connection."
            ),
        ] + offer("the server's tools, by its own names")

    private static let toolCredential: [ConfigurationKey] = [
        ConfigurationKey(
            "id",
            .text(.nonEmpty),
            required: true,
            "The credential's name in the user's store, and then in the system's."
        ),
        ConfigurationKey(
            "parameter",
            .text(.nonEmpty),
            required: true,
            "The variable of a `command`, or the header field of a `url`, that holds it."
        ),
        ConfigurationKey(
            "required",
            .boolean,
            default: true,
            "Whether it is an error if nobody has it, before anything is started; else the server goes without."
        ),
        ConfigurationKey("env_fallback", .text(.nonEmpty), "The variable that is read where no store has it."),
    ]

    private static let toolSandbox: [ConfigurationKey] = [
        ConfigurationKey("network", .boolean, default: false, "Whether it may use the network."),
        ConfigurationKey(
            "read",
            .list(.text(.nonEmpty), isNonEmpty: false),
            "Files and folders that it may read, from the folder of the configuration."
        ),
        ConfigurationKey("write", .list(.text(.nonEmpty), isNonEmpty: false), "Those that it may change too."),
    ]

    private static let toolLimits: [ConfigurationKey] = [
        ConfigurationKey("memory", .size, "The address space."),
        ConfigurationKey("cpu_seconds", .integer(1...1_000_000_000), "Seconds on a processor."),
        ConfigurationKey("open_files", .integer(16...1_000_000), "Open descriptors."),
        ConfigurationKey("file_size", .size, "The largest file that it writes."),
        ConfigurationKey("processes", .integer(1...1_000_000), "Processes and threads of its user, others included."),
    ]

    private static let toolTimeouts: [ConfigurationKey] = [
        ConfigurationKey(
            "connect",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "30s",
            "To start the server and agree on a version."
        ),
        ConfigurationKey(
            "request",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "30s",
            "For an answer, begun anew when the server reports progress."
        ),
        ConfigurationKey(
            "total",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "10m",
            "For an answer in all."
        ),
    ]
}
