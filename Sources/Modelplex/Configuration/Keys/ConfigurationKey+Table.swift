internal import RouterKit

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
        ConfigurationKey(
            "aliases",
            .map(.modelNames, .nonEmpty),
            "Further names, and what each stands for: a model, a route, a role or another alias."
        ),
        ConfigurationKey(
            "roles",
            .list(.table(role), isNonEmpty: false),
            "Policies that are asked for by what they are for, as the model `NAME`."
        ),
        ConfigurationKey(
            "models",
            .list(.table(modelRule), isNonEmpty: false),
            "Settings of requests by model; of several that match, the first that sets a field counts for it."
        ),
        ConfigurationKey(
            "prices",
            .tables(.modelNames, price),
            "What a million tokens cost, in any one currency, by `PROVIDER/MODEL` or a glob of such names; "
                + "of several globs that match, the one with the most plain characters counts."
        ),
        ConfigurationKey("routing", .table(routing), "What holds for all routes."),
        ConfigurationKey(
            "credentials",
            .list(.table(login), isNonEmpty: false),
            "Logins with authorization servers; `plexctl auth login NAME` makes them, and the store keeps their tokens."
        ),
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
            "Where it is; left out, the type's usual address. OpenAI-style ones end in `/v1`. `unix:/PATH.sock` is a socket, asked "
                + "below the type's usual path; `unix:/PATH.sock:/v1` names another one."
        ),
        ConfigurationKey(
            "api_key",
            .textOrTable(.credential, commandCredential),
            "`${VARIABLE}`, `file:PATH` (from the folder of the configuration), `store:NAME` or "
                + "`{ command = [\"PROGRAM\", \"ARGUMENT\"] }`; left out, the store's of this name, then the type's usual variable."
        ),
        ConfigurationKey(
            "credentials",
            .list(.table(credential), isNonEmpty: true),
            "Instead of `api_key`: several that take turns. One that fails does not stop the others."
        ),
        ConfigurationKey(
            "credential_strategy",
            .choice(CompiledRoute.CredentialStrategy.allCases.map(\.rawValue)),
            default: "round-robin",
            "How the credentials take turns."
        ),
        ConfigurationKey("api_version", .text(.nonEmpty), "The version of the interface, for `azure`."),
        ConfigurationKey(
            "models",
            .list(.text(.nonEmpty), isNonEmpty: false),
            "The models that are offered; left out, the provider is asked."
        ),
        ConfigurationKey(
            "exclude",
            .list(.text(.glob), isNonEmpty: false),
            default: [],
            "Globs of models that are not to be used."
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
        proxy("The proxy that requests go through; left out, the usual variables tell."),
    ]

    static let commandCredential: [ConfigurationKey] = [
        ConfigurationKey(
            "command",
            .list(.text(.argument), isNonEmpty: true),
            required: true,
            "A program that prints the key, and its arguments; no shell reads them. It is run when a key is needed."
        ),
        ConfigurationKey(
            "lifetime",
            .duration(minimum: .seconds(1), allowsNone: false),
            "How long the key is used before the program is run again; left out, until the provider refuses it."
        ),
    ]

    static let credential: [ConfigurationKey] = [
        ConfigurationKey("name", .text(.providerName), required: true, "What traces and errors call it."),
        ConfigurationKey(
            "api_key",
            .textOrTable(.credential, commandCredential),
            required: true,
            "`${VARIABLE}`, `file:PATH` (from the folder of the configuration), `store:NAME` or "
                + "`{ command = [\"PROGRAM\", \"ARGUMENT\"] }`."
        ),
        ConfigurationKey("weight", .positiveNumber, default: 1, "Its share where the strategy is `weighted`."),
        proxy("The proxy that requests with it go through; left out, the provider's."),
    ]

    private static func proxy(_ documentation: String) -> ConfigurationKey {
        ConfigurationKey("proxy", .text(.proxy), documentation)
    }
}
