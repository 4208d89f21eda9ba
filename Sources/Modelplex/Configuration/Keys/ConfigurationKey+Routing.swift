internal import RouterKit

// The keys of names, routes and what holds for all of them.
extension ConfigurationKey {
    static let target: [ConfigurationKey] = [
        ConfigurationKey("target", .text(.target), required: true, "`PROVIDER/MODEL`."),
        ConfigurationKey("weight", .positiveNumber, default: 1, "Its share where the strategy is `weighted`."),
    ]

    static let route: [ConfigurationKey] =
        [
            ConfigurationKey("model", .text(.glob), "A name, or a glob with `*`, `?` and `[…]`."),
            ConfigurationKey(
                "pattern",
                .text(.pattern),
                "Instead of `model`: a regular expression in RE2's syntax that the whole name must match."
            ),
            targets(isRequired: true, "`\"PROVIDER/MODEL\"`, or a table with `target` and `weight`."),
        ] + policy

    static let role: [ConfigurationKey] =
        [
            ConfigurationKey("name", .text(.nonEmpty), required: true, "The name by which it is asked for."),
            targets(
                isRequired: false,
                "As in `[[routes]]`; left out, the model that is asked where none is named: `PLEX_MODEL`, or the first "
                    + "of the preferred provider."
            ),
        ] + policy

    private static func targets(isRequired: Bool, _ documentation: String) -> ConfigurationKey {
        ConfigurationKey(
            "targets",
            .list(.textOrTable(.target, target), isNonEmpty: true),
            required: isRequired,
            documentation
        )
    }

    /// What routes and roles have both.
    private static let policy: [ConfigurationKey] = [
        ConfigurationKey(
            "strategy",
            .choice(StrategyName.all.map(\.rawValue)),
            default: "ordered",
            "How a target is chosen."
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
            .choice(RoutePolicy.StreamCut.allCases.map(\.rawValue)),
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
        ConfigurationKey(
            "parameters",
            .table(parameters),
            "Settings of the request, such as `temperature`, in the words of OpenAI's chat completions."
        ),
        ConfigurationKey(
            "hedge",
            .table(hedge),
            "When a second request is sent beside a slow first one, where the strategy is `hedged`."
        ),
    ]

    static let parameters: [ConfigurationKey] = [
        ConfigurationKey("defaults", .settings(reserved: reserved), "What holds where a request says nothing."),
        ConfigurationKey("overrides", .settings(reserved: reserved), "What holds whatever a request says."),
        ConfigurationKey(
            "remove",
            .list(.text(.nonEmpty), isNonEmpty: false),
            default: [],
            "Fields that are taken out of a request."
        ),
    ]

    // Without these a request is another one.
    private static let reserved = ["model", "messages", "stream"]

    static let modelRule: [ConfigurationKey] =
        [
            ConfigurationKey(
                "match",
                .text(.glob),
                required: true,
                "A glob for the model's own name, or for `PROVIDER/MODEL`."
            )
        ] + parameters

    static let hedge: [ConfigurationKey] = [
        ConfigurationKey(
            "percentile",
            .number(0...1),
            default: ConfigValue(.float(0.95)),
            "The share of past first tokens that came sooner than the wait."
        ),
        ConfigurationKey(
            "initial_delay",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "2s",
            "The wait while too few answers were seen to know that."
        ),
        ConfigurationKey(
            "min_delay",
            .duration(minimum: .zero, allowsNone: false),
            default: "50ms",
            "The shortest wait."
        ),
        ConfigurationKey(
            "budget",
            .number(0...1),
            default: ConfigValue(.float(0.1)),
            "The greatest share of the requests that may get a second one."
        ),
    ]

    static let price: [ConfigurationKey] = [
        ConfigurationKey("input", .number(amounts), required: true, "A million tokens of the prompt."),
        ConfigurationKey("output", .number(amounts), required: true, "A million tokens of the answer."),
        ConfigurationKey(
            "cached_input",
            .number(amounts),
            "A million tokens of the prompt that the provider's cache had; left out, as `input`."
        ),
    ]

    private static let amounts: ClosedRange<Double> = 0...1_000_000_000

    static let routing: [ConfigurationKey] = [
        ConfigurationKey(
            "unknown_model",
            .text(.unknownModel),
            "A name that nobody knows: `error`, `default:PROVIDER` or `passthrough`; left out, an error, "
                + "but a single provider without `models` gets every name."
        ),
        ConfigurationKey(
            "strip_prefixes",
            .list(.text(.nonEmpty), isNonEmpty: false),
            default: ["modelplex-"],
            "Beginnings of names that are taken off where the name as it is means nothing."
        ),
        ConfigurationKey(
            "attempts",
            .integer(1...100),
            default: 3,
            "The most requests that are sent for one to a model that has no route; with 1 none is sent again."
        ),
        ConfigurationKey("retry", .table(retry), "When a request is sent again."),
        ConfigurationKey("breaker", .table(breaker), "When a target is left alone for a while."),
        ConfigurationKey(
            "retry_after_cap",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "15m",
            "The longest that a provider's Retry-After is obeyed."
        ),
        ConfigurationKey(
            "credential_pause",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "5m",
            "How long a credential that was refused, or whose quota is used up, is asked only if there is no other."
        ),
        ConfigurationKey(
            "state",
            .text(.nonEmpty),
            "The file in which it is kept over restarts who is to be left alone, from the folder of the configuration; "
                + "left out, it is forgotten."
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
}
