extension Command {
    static let route = Command(
        name: "route",
        summary: "See who would answer, and try what happens in an outage.",
        subcommands: [
            Command(
                name: "explain",
                summary: "Tell what a model's name means, who would be asked in which order, and who not and why.",
                discussion: [
                    """
                    Nothing is sent to a model. What is held against providers, such as an open breaker, is known to the gateway \
                    that runs: give what it tells under /_internal/routes with --health, else all count as well.
                    """
                ],
                positionals: [
                    Positional(
                        name: "MODEL",
                        kind: .model,
                        isRequired: true,
                        summary: "The name that callers use: a model, PROVIDER/MODEL, a route, a role or an alias."
                    )
                ],
                options: [.needs, .tokens, .health, .json],
                examples: [
                    Example(
                        purpose: "Ask for tools and a long prompt, with the health of a running gateway",
                        line: """
                            curl -s --unix-socket modelplex.socket localhost/_internal/routes \
                            | plexctl route explain fast --needs tools --tokens 90000 --health -
                            """
                    )
                ],
                action: RouteCommand.explain
            ),
            Command(
                name: "simulate",
                summary:
                    "Play a scenario in virtual time: described providers, what goes wrong, and thousands of callers.",
                discussion: [
                    """
                    A scenario is a file with the routes of a configuration, described providers and a load. Nothing is sent \
                    and nothing is waited for: an hour takes seconds. The same seed gives the same result.
                    """
                ],
                positionals: [
                    Positional(
                        name: "SCENARIO",
                        kind: .file,
                        isRequired: true,
                        summary: "The scenario's file: .toml, .yaml or .json."
                    )
                ],
                options: [.seed, .json],
                examples: [
                    Example(
                        purpose: "See what an outage of the first provider costs",
                        line: "plexctl route simulate Examples/scenarios/outage.toml"
                    )
                ],
                action: RouteCommand.simulate
            ),
        ]
    )

    static let providersReset = Command(
        name: "reset",
        summary: "Let a running gateway ask providers again at once that it leaves alone.",
        discussion: [
            """
            The gateway is looked for where the configuration says that one listens for its host; a Unix socket goes first.
            """
        ],
        positionals: [
            Positional(name: "NAME", kind: .provider, summary: "The provider; without it, all.")
        ],
        options: [.gatewaySocket, .gateway, .json],
        action: ProvidersCommand.reset
    )
}

extension Option {
    // route explain
    static let needs = option(
        "needs",
        "FEATURES",
        .text,
        "What the model has to be able to do, with commas between: tools, vision, json_schema, reasoning and so on."
    )
    static let tokens = option("tokens", "COUNT", .integer(0...1_000_000_000), "The tokens of the prompt.")
    static let health = option(
        "health",
        "FILE",
        .file,
        "What is held against whom: a gateway's answer to GET /_internal/routes, or its file of routing.state; '-' reads standard input."
    )

    // route simulate
    static let seed = option(
        "seed",
        "NUMBER",
        .integer(0...Int.max),
        "Begin chance with this, not with the scenario's."
    )

    // providers reset, reload
    static let gatewaySocket = option("socket", short: "s", "PATH", .file, "Tell the gateway at this Unix socket.")
    static let gateway = option(
        "server",
        "URL",
        .text,
        "Tell the gateway there (http://... or unix:PATH) instead of the configured one."
    )
}
