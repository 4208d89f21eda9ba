internal import ProviderKit

// The keys of a scenario, which a simulation runs.
extension ConfigurationKey {
    /// All keys of a scenario: its own, and those of a configuration that say what names mean.
    package static let scenario: [ConfigurationKey] =
        scenarioOwn
        + all.filter {
            ["timeouts", "routes", "aliases", "roles", "models", "prices", "routing"].contains($0.name)
        }

    /// What only scenarios have.
    static let scenarioOwn: [ConfigurationKey] = [
        ConfigurationKey(
            "duration",
            .duration(minimum: .seconds(1), allowsNone: false),
            default: "10m",
            "For how long requests come, in virtual time; those that came are followed to their end."
        ),
        ConfigurationKey(
            "seed",
            .integer(0...Int.max),
            default: 1,
            "What chance begins with: the same seed gives the same result."
        ),
        ConfigurationKey(
            "config",
            .text(.nonEmpty),
            "A configuration whose routing is played, from the folder of the scenario; its providers of the same names give "
                + "what a described one does not say of models, priority, credentials and timeouts."
        ),
        ConfigurationKey("load", .table(load), required: true, "The requests that come."),
        ConfigurationKey(
            "providers",
            .list(.table(describedProvider), isNonEmpty: true),
            required: true,
            "Who answers: described, not asked."
        ),
    ]

    private static let load: [ConfigurationKey] = [
        ConfigurationKey(
            "models",
            .list(.textOrTable(.nonEmpty, demand), isNonEmpty: true),
            required: true,
            "What is asked for: routes, roles, aliases, models or `PROVIDER/MODEL`."
        ),
        ConfigurationKey("rate", .positiveNumber, "Requests a second, each by chance and independent of the others."),
        ConfigurationKey(
            "phases",
            .list(.table(phase), isNonEmpty: true),
            "Instead of `rate`: rates that hold from some time on."
        ),
        ConfigurationKey(
            "callers",
            .integer(1...1_000_000),
            "Instead of `rate`: so many callers who ask, wait for the answer, pause and ask again."
        ),
        ConfigurationKey(
            "pause",
            times,
            "With `callers`: how long each pauses, at least 10 ms; left out, by chance, 5 s in the median."
        ),
        ConfigurationKey(
            "prompt_tokens",
            counts,
            "The tokens of a prompt; left out, a median of 500 and a 99th percentile of 8,000."
        ),
        ConfigurationKey(
            "answer_tokens",
            counts,
            "The tokens of an answer; left out, a median of 200 and a 99th percentile of 1,500."
        ),
        ConfigurationKey(
            "streamed",
            .number(0...1),
            default: ConfigValue(.float(0.8)),
            "The share of requests whose answers are streamed."
        ),
        ConfigurationKey("tools", .number(0...1), default: 0, "The share of requests that need tools."),
        ConfigurationKey(
            "sessions",
            .integer(1...1_000_000_000),
            "How many sessions the requests belong to, for `sticky` routes; left out, each to one of its own."
        ),
        ConfigurationKey(
            "patience",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            "How long a caller waits for the whole answer before it leaves; left out, for ever."
        ),
    ]

    private static let demand: [ConfigurationKey] = [
        ConfigurationKey("model", .text(.nonEmpty), required: true, "The name that callers use."),
        ConfigurationKey("weight", .positiveNumber, default: 1, "Its share of the requests beside the others."),
    ]

    private static let phase: [ConfigurationKey] = [
        ConfigurationKey("at", .duration(minimum: .zero, allowsNone: false), required: true, "From when."),
        ConfigurationKey("rate", .number(0...1_000_000), required: true, "Requests a second."),
    ]

    private static let describedProvider: [ConfigurationKey] =
        provider.filter { ["name", "priority", "exclude", "credential_strategy", "timeouts"].contains($0.name) } + [
            ConfigurationKey(
                "credentials",
                .list(.textOrTable(.providerName, describedCredential), isNonEmpty: true),
                "The names of several credentials that take turns; limits on the rate hold for each."
            ),
            ConfigurationKey(
                "models",
                .list(.textOrTable(.nonEmpty, describedModel), isNonEmpty: true),
                required: true,
                "The models that it offers."
            ),
            ConfigurationKey(
                "first_token",
                times,
                "How long a first token takes; left out, a median of 400 ms and a 99th percentile of 2 s."
            ),
            ConfigurationKey(
                "whole",
                times,
                "How long a whole answer takes, from the request to its end; left out, it is reckoned with "
                    + "`tokens_per_second`."
            ),
            ConfigurationKey(
                "tokens_per_second",
                .positiveNumber,
                default: 60,
                "How fast an answer goes on after its first token."
            ),
            ConfigurationKey("refusal", times, default: "50ms", "How long it takes to refuse a request."),
            ConfigurationKey("rate_limit", .table(rateLimit), "How many requests it takes from each credential."),
            ConfigurationKey(
                "concurrency",
                .integer(1...1_000_000),
                "How many requests it works on at a time; more are refused with status 529."
            ),
            ConfigurationKey("incidents", .list(.table(incident), isNonEmpty: false), default: [], "What goes wrong."),
        ]

    private static let describedCredential: [ConfigurationKey] = [
        ConfigurationKey("name", .text(.providerName), required: true, "Its name."),
        ConfigurationKey("weight", .positiveNumber, default: 1, "Its share where the strategy is `weighted`."),
    ]

    private static let describedModel: [ConfigurationKey] = [
        ConfigurationKey("name", .text(.nonEmpty), required: true, "Its name."),
        ConfigurationKey(
            "features",
            .list(.choice(Capabilities.Feature.described.map(\.rawValue)), isNonEmpty: false),
            default: ["streaming", "tools", "prefill"],
            "What it can do."
        ),
        ConfigurationKey(
            "context_length",
            .integer(1...1_000_000_000),
            "The most tokens of prompt and answer together; left out, any number."
        ),
        ConfigurationKey("first_token", times, "As of the provider, for this model."),
        ConfigurationKey("whole", times, "As of the provider, for this model."),
    ]

    private static let rateLimit: [ConfigurationKey] = [
        ConfigurationKey("requests", .integer(1...1_000_000_000), required: true, "So many requests"),
        ConfigurationKey(
            "per",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            default: "1m",
            "in this time; more are refused with status 429."
        ),
        ConfigurationKey(
            "retry_after",
            .duration(minimum: .zero, allowsNone: true),
            "What it tells those beyond to wait; left out, until there is room for one; `\"none\"`: it does not tell."
        ),
    ]

    private static let incident: [ConfigurationKey] = [
        ConfigurationKey(
            "kind",
            .choice(ScenarioBuilder.IncidentKind.allCases.map(\.rawValue)),
            required: true,
            "Connections are refused and break (`down`), everything takes longer (`slow`), requests fail (`errors`), "
                + "nothing comes (`stall`), or answers break somewhere in the middle (`cut`)."
        ),
        ConfigurationKey("at", .duration(minimum: .zero, allowsNone: false), default: "0s", "When it begins."),
        ConfigurationKey(
            "for",
            .duration(minimum: .milliseconds(1), allowsNone: false),
            "How long it lasts; left out, to the end."
        ),
        ConfigurationKey("share", .number(0...1), default: 1, "The share of requests that it hits."),
        ConfigurationKey("credential", .text(.nonEmpty), "The only credential that it hits."),
        ConfigurationKey("model", .text(.nonEmpty), "The only model that it hits."),
        ConfigurationKey("factor", .positiveNumber, "With `slow`: so many times as long."),
        ConfigurationKey("status", .integer(400...599), "With `errors`: the HTTP status."),
        ConfigurationKey(
            "error",
            .choice(ScenarioBuilder.errors.map(\.description)),
            "With `errors`: what it means, where the status does not tell."
        ),
        ConfigurationKey(
            "retry_after",
            .duration(minimum: .zero, allowsNone: false),
            "With `errors`: how long it asks to wait."
        ),
    ]

    /// A time, or how times spread.
    private static let times = Kind.scalarOrTable(
        .duration(minimum: .zero, allowsNone: false),
        spread(of: .duration(minimum: .zero, allowsNone: false))
    )
    /// A number, or how numbers spread.
    private static let counts = Kind.scalarOrTable(amount, spread(of: amount))
    private static let amount = Kind.number(0...1_000_000_000)

    private static func spread(of kind: Kind) -> [ConfigurationKey] {
        [
            ConfigurationKey("median", kind, "Half of them are not above it."),
            ConfigurationKey("p99", kind, "Ninety-nine of a hundred are not above it."),
            ConfigurationKey("from", kind, "With `to`: the least."),
            ConfigurationKey("to", kind, "With `from`: the greatest; everything between comes alike."),
            ConfigurationKey(
                "shape",
                .choice(ScenarioBuilder.Shape.allCases.map(\.rawValue)),
                default: "log-normal",
                "How they spread around the median; `exponential` has no `p99`."
            ),
        ]
    }
}

extension Capabilities.Feature {
    /// Those that a described model may have.
    fileprivate static let described: [Capabilities.Feature] = [
        .streaming, .tools, .vision, .audio, .files, .jsonSchema, .reasoning, .prefill, .embeddings,
    ]
}
