// The one table of keys: the reader, docs/configuration.md and docs/config.schema.json are all made of it.
extension ConfigurationKey {
    /// All keys of a configuration file.
    package static let all: [ConfigurationKey] = [
        ConfigurationKey("server", .table(server), "Where the gateway listens and what it accepts."),
        ConfigurationKey(
            "timeouts",
            .table(timeouts),
            "The limits on time of each exchange; a provider or a route may override them."
        ),
        ConfigurationKey("providers", .list(.table(provider), isNonEmpty: false), "Who answers."),
        ConfigurationKey("routes", .list(.table(route), isNonEmpty: false), "Which targets answer for a model's name."),
        ConfigurationKey("routing", .table(routing), "What holds for all routes."),
        ConfigurationKey("mcp", .table(mcp), "Where tools come from."),
    ]

    static let timeouts: [ConfigurationKey] = [
        timeout("connect", default: "5s", "Until a connection stands, TLS included."),
        timeout("first_byte", default: "60s", "From the request's last byte to the answer's first."),
        timeout("idle", default: "60s", "Between two reads of the answer."),
        timeout("total", default: "10m", "From start to end."),
    ]

    // Without defaults: what is left out comes from the level above.
    static let timeoutOverrides: [ConfigurationKey] = timeouts.map {
        ConfigurationKey($0.name, $0.kind, $0.documentation)
    }

    private static func timeout(
        _ name: String,
        default defaultValue: ConfigValue,
        _ documentation: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name,
            .duration(minimum: .milliseconds(1), allowsNone: true),
            default: defaultValue,
            documentation + " `\"none\"` sets no limit."
        )
    }

    static let provider: [ConfigurationKey] = [
        ConfigurationKey(
            "name",
            .text(.providerName),
            required: true,
            "The name by which `NAME/MODEL` addresses it; letters, digits, `.`, `_` and `-`."
        ),
        ConfigurationKey(
            "type",
            .choice(PlexConfiguration.ProviderType.usual.map(\.type.rawValue)),
            "The dialect or service; left out, the name is the type."
        ),
        ConfigurationKey(
            "base_url",
            .text(.baseURL),
            "Where it is, `unix:/PATH.sock` too; left out, the type's usual address. OpenAI-style ones end in `/v1`."
        ),
        ConfigurationKey(
            "api_key",
            .text(.credential),
            "`${VARIABLE}`, `file:PATH` (from the folder of the configuration) or `store:NAME`; "
                + "left out, the type's usual variable."
        ),
        ConfigurationKey("api_version", .text(.nonEmpty), "The version of the interface, for `azure`."),
        ConfigurationKey(
            "models",
            .list(.text(.nonEmpty), isNonEmpty: false),
            "The models that are offered; left out, the provider is asked."
        ),
        ConfigurationKey(
            "priority",
            .integer(-1_000_000...1_000_000),
            default: 1,
            "Among providers of the same model the lower goes first."
        ),
        ConfigurationKey(
            "headers",
            .map(.headerNames, .headerValue),
            "Header fields that each request carries; never shown."
        ),
        ConfigurationKey("timeouts", .table(timeoutOverrides), "Overrides of `[timeouts]`."),
        ConfigurationKey(
            "allow_http",
            .boolean,
            default: false,
            "Whether plain HTTP beyond this machine is allowed."
        ),
    ]

    static let target: [ConfigurationKey] = [
        ConfigurationKey("target", .text(.target), required: true, "`PROVIDER/MODEL`."),
        ConfigurationKey("weight", .positiveNumber, default: 1, "Its share where the strategy is `weighted`."),
    ]

    static let route: [ConfigurationKey] = [
        ConfigurationKey("model", .text(.glob), "A name, or a glob with `*`, `?` and `[…]`."),
        ConfigurationKey(
            "pattern",
            .text(.pattern),
            "Instead of `model`: a regular expression that the whole name must match."
        ),
        ConfigurationKey(
            "strategy",
            .choice(PlexConfiguration.Route.Strategy.names),
            default: "ordered",
            "How a target is chosen."
        ),
        ConfigurationKey(
            "targets",
            .list(.textOrTable(.target, target), isNonEmpty: true),
            required: true,
            "`\"PROVIDER/MODEL\"`, or a table with `target` and `weight`."
        ),
        ConfigurationKey("attempts", .integer(1...100), default: 3, "The most requests that are sent for one."),
        ConfigurationKey(
            "deadline",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "2m",
            "The longest time for all attempts."
        ),
        ConfigurationKey(
            "on_stream_cut",
            .choice(PlexConfiguration.Route.StreamCut.allCases.map(\.rawValue)),
            default: "fail",
            "What happens when a stream breaks after its first event."
        ),
        ConfigurationKey(
            "context_fallback",
            .list(.text(.target), isNonEmpty: false),
            default: [],
            "Targets for conversations that are too long for the others."
        ),
        ConfigurationKey(
            "content_fallback",
            .list(.text(.target), isNonEmpty: false),
            default: [],
            "Targets for what another's content filter refused."
        ),
        ConfigurationKey("timeouts", .table(timeoutOverrides), "Overrides of the timeouts, for each attempt."),
    ]

    static let routing: [ConfigurationKey] = [
        ConfigurationKey(
            "unknown_model",
            .text(.unknownModel),
            default: "error",
            "A name that nobody knows: `error`, `default:PROVIDER` or `passthrough`."
        ),
        ConfigurationKey("retry", .table(retry), "When a request is sent again."),
        ConfigurationKey("breaker", .table(breaker), "When a target is left alone for a while."),
        ConfigurationKey(
            "retry_after_cap",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "15m",
            "The longest that a provider's Retry-After is obeyed."
        ),
    ]

    static let retry: [ConfigurationKey] = [
        ConfigurationKey(
            "base",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "500ms",
            "The first wait, before jitter."
        ),
        ConfigurationKey(
            "max",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "20s",
            "The longest wait."
        ),
        ConfigurationKey(
            "wait_first",
            .duration(minimum: .zero, allowsNone: false),
            default: "2500ms",
            "The longest wait for the first target when another is free."
        ),
    ]

    static let breaker: [ConfigurationKey] = [
        ConfigurationKey("failures", .integer(1...1_000_000), default: 5, "So many failures open the breaker."),
        ConfigurationKey(
            "window",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "30s",
            "The time within which they count."
        ),
        ConfigurationKey(
            "open",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "30s",
            "How long the target is then left alone."
        ),
    ]

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
        ConfigurationKey("command", .text(.nonEmpty), "The program; no shell is between."),
        ConfigurationKey(
            "args",
            .list(.text(.argument), isNonEmpty: false),
            "The program's arguments."
        ),
        ConfigurationKey(
            "env",
            .map(.variableNames, .environmentValue),
            "Variables that the program gets; `store:NAME` and `file:PATH` as in `api_key`; never shown."
        ),
        ConfigurationKey("url", .text(.toolURL), "Instead of `command`: the server's address."),
        ConfigurationKey(
            "headers",
            .map(.headerNames, .headerValue),
            "With `url`: header fields of each request; never shown."
        ),
        ConfigurationKey(
            "allow_http",
            .boolean,
            default: false,
            "Whether a plain HTTP `url` beyond this machine is allowed."
        ),
    ]
}
