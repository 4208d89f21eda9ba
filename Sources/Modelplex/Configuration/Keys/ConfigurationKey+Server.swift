// What the gateway is told; the other keys stand in ConfigurationKey+Table.swift.
extension ConfigurationKey {
    static let server: [ConfigurationKey] = [
        ConfigurationKey(
            "listen",
            .list(.text(.listenAddress), isNonEmpty: false),
            default: ["unix:modelplex.socket", "tcp:127.0.0.1:8317"],
            "`unix:PATH?mode=0660&group=NAME&role=guest`, `tcp:HOST:PORT` or `systemd`; `role` is `host` or `guest`."
        ),
        ConfigurationKey("loops", .integer(0...1024), default: 0, "The number of event loops; 0 means one a core."),
        ConfigurationKey(
            "access_keys",
            .list(.textOrTable(.credential, accessKey), isNonEmpty: false),
            default: [],
            "Keys that callers over TCP have to show one of: `\"${VARIABLE}\"`, `\"file:PATH\"`, or a table with a name."
        ),
        ConfigurationKey(
            "cors_origins",
            .list(.text(.origin), isNonEmpty: false),
            default: [],
            "Origins whose web pages may use the gateway, such as `https://app.example.org`; `*` is all."
        ),
        ConfigurationKey(
            "allowed_hosts",
            .list(.text(.hostName), isNonEmpty: false),
            default: [],
            "Names, beside this machine's own, by which callers without a key may call the gateway."
        ),
        ConfigurationKey("max_request_size", .size, default: "10MiB", "The largest request body."),
        ConfigurationKey("max_header_size", .size, default: "16KiB", "The largest head of a request."),
        ConfigurationKey(
            "max_connections",
            .integer(1...1_000_000),
            "The most connections at a time; left out, as many as the limit on open files allows, at most 4096."
        ),
        ConfigurationKey(
            "max_concurrent_requests",
            .integer(1...1_000_000),
            default: 10_000,
            "The most requests at a time; further ones are told to try again later."
        ),
        ConfigurationKey(
            "request_timeout",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "30s",
            "How long a request may take to come in whole."
        ),
        ConfigurationKey(
            "idle_timeout",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "75s",
            "How long a connection may stay open without a request."
        ),
        ConfigurationKey(
            "keep_alive",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "15s",
            "How long nothing is sent in a stream before a comment is, so that nothing between takes it for dead."
        ),
        ConfigurationKey(
            "drain_timeout",
            .duration(minimum: .zero, allowsNone: false),
            default: "5s",
            "How long running requests may take when the gateway stops."
        ),
        ConfigurationKey(
            "log_level",
            .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
            default: "info",
            "The least level that is logged."
        ),
        ConfigurationKey(
            "log_format",
            .choice(PlexConfiguration.Server.Log.Format.allCases.map(\.rawValue)),
            default: "text",
            "Lines for people, or a JSON object a line for programs."
        ),
        ConfigurationKey(
            "log_file",
            .text(.nonEmpty),
            "The log's file, from the working directory; left out, standard error."
        ),
        ConfigurationKey(
            "log_rotate",
            .boolean,
            default: true,
            "Whether the log's file is put aside each day and at `log_max_size`; `false` leaves that to others, and to SIGHUP."
        ),
        ConfigurationKey(
            "log_max_size",
            .size,
            default: "100MiB",
            "The size at which the log's file is put aside as `FILE.1`, and a new one is begun."
        ),
        ConfigurationKey("log_keep", .integer(0...1000), default: 7, "How many files that were put aside are kept."),
        ConfigurationKey(
            "access_log",
            .boolean,
            default: true,
            "Whether each request gets a line in the log, at the level `info`; it holds no prompt and no answer."
        ),
    ]

    static let accessKey: [ConfigurationKey] = [
        ConfigurationKey(
            "key",
            .text(.credential),
            required: true,
            "`${VARIABLE}` or `file:PATH` (from the folder of the configuration)."
        ),
        ConfigurationKey("name", .text(.providerName), "What the log calls who uses it; left out, `key-1` and so on."),
    ]
}
