// Servers whose tools models get.
extension ConfigurationKey {
    static let mcp: [ConfigurationKey] = [
        ConfigurationKey("enabled", .boolean, default: true, "Whether models get tools at all."),
        ConfigurationKey(
            "servers",
            .list(.table(toolServer), isNonEmpty: false),
            "The servers whose tools are offered."
        ),
    ]

    static let toolServer: [ConfigurationKey] = [
        ConfigurationKey(
            "name",
            .text(.toolServerName),
            required: true,
            "The first part of its tools' names; letters, digits, `_` and `-`."
        ),
        ConfigurationKey("command", .text(.nonEmpty), "The program, a path or a name in `PATH`; no shell is between."),
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
        ConfigurationKey("limits", .table(toolLimits), "With `command`: what it may use; left out, there is no limit."),
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
