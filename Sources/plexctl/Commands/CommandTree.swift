extension Command {
    /// All that `plexctl` can do.
    static let plexctl = Command(
        name: "plexctl",
        summary: "Talk to language models of any provider.",
        discussion: [
            """
            Without a configuration file, providers are taken from the keys that 'plexctl auth set' stored, from the usual \
            environment variables, such as OPENAI_API_KEY, and then from local engines that answer on their usual ports.
            """
        ],
        options: [.version],
        commonOptions: [.config, .environmentFile, .help],
        subcommands: [
            chat, serve, reload, models, auth, tools, route, providers, config, completions, help, version, complete,
        ]
    )

    private static let chat = Command(
        name: "chat",
        summary: "Ask a model and print its answer as it comes.",
        discussion: [
            """
            The prompt is the arguments, joined by spaces, and below them what is piped into standard input. Standard \
            output carries the answer and nothing else; warnings, thoughts and reports go to standard error.
            """,
            """
            An answer that is cut short is printed as far as it came, and the command then fails with exit code 76.
            """,
            """
            With --mcp the model may call tools. Each call is shown on the terminal and run if you say so; where there is no \
            terminal, nothing is asked of the model unless --yes approves all calls. A model that has no answer after all \
            rounds ends the command with exit code 1.
            """,
        ],
        positionals: [
            Positional(
                name: "PROMPT",
                isRepeating: true,
                summary: "What to ask; '-' reads standard input, also from a terminal."
            )
        ],
        options: [
            .model, .system, .file, .image, .schema, .temperature, .maxTokens, .timeout, .noStream, .json, .jsonLines,
            .reasoning, .usage, .trace, .toolServer, .maxRounds, .approveAll, .dryRun, .server,
        ],
        examples: [
            Example(
                purpose: "Ask $PLEX_MODEL, or a local engine where it is not set",
                line: "plexctl chat Why is the sky blue?"
            ),
            Example(
                purpose: "Ask a model of your choice about a file",
                line: "plexctl chat -m anthropic/claude-sonnet-4-5 -f notes.txt 'Sum this up in one line.'"
            ),
            Example(
                purpose: "Use it in a pipe",
                line: "git diff | plexctl chat 'Write a commit message.' > message.txt"
            ),
            Example(
                purpose: "Let the model use the tools of a configured MCP server",
                line: "plexctl chat --mcp time 'What time is it in Oslo?'"
            ),
        ],
        action: ChatCommand.run
    )

    private static let serve = Command(
        name: "serve",
        summary: "Serve all models to other programs over a Unix socket and HTTP.",
        discussion: [
            """
            Programs that speak OpenAI's interface use every configured model at http://127.0.0.1:8317/v1 and at the socket \
            modelplex.socket, without a key; keys stay here. Addresses on the command line take the place of all that are \
            configured.
            """,
            """
            What is served is reported on standard error, and then the line "ready". SIGTERM and SIGINT stop in order: running \
            requests get the configured time to end. SIGHUP, or 'plexctl reload', reads the configuration again for new \
            requests and connections, and opens the log's file again; a configuration that is wrong changes nothing.
            """,
        ],
        options: [.socket, .http, .listen, .verbose],
        examples: [
            Example(purpose: "Serve at the usual addresses", line: "plexctl serve"),
            Example(
                purpose: "Serve the programs of a group, and nobody over the network",
                line: "plexctl serve --listen 'unix:/run/modelplex/guest.socket?mode=0660&group=models&role=guest'"
            ),
        ],
        action: ServeCommand.run
    )

    private static let reload = Command(
        name: "reload",
        summary: "Let a running gateway read its configuration again.",
        discussion: [
            """
            The gateway reads its own file, with its own command line. Told is what has changed; a configuration that is wrong, or \
            an address that cannot be listened at, changes nothing. It is looked for where the configuration says that one \
            listens for its host, a Unix socket first: if that is what has changed, name a socket that it has.
            """
        ],
        options: [.gatewaySocket, .gateway, .json],
        examples: [
            Example(purpose: "Put an edited file into effect", line: "plexctl config check && plexctl reload")
        ],
        action: ReloadCommand.run
    )

    private static let models = Command(
        name: "models",
        summary: "List the models on offer, each as PROVIDER/MODEL.",
        discussion: ["A provider that fails is named on standard error; the command fails only if none answers."],
        options: [.provider, .json],
        action: ModelsCommand.run
    )

    private static let providers = Command(
        name: "providers",
        summary: "See which providers there are and whether they answer, and let them be asked again.",
        subcommands: [
            Command(
                name: "list",
                summary: "List the providers in the order in which they are asked.",
                options: [.json],
                action: ProvidersCommand.list
            ),
            Command(
                name: "test",
                summary: "Ask providers for their models and report time taken, or what is wrong and what to do.",
                discussion: ["The exit code is that of the worst failure."],
                positionals: [
                    Positional(name: "NAME", kind: .provider, summary: "The provider to test; without it, all.")
                ],
                options: [.json],
                action: ProvidersCommand.test
            ),
            providersReset,
        ]
    )

    private static let config = Command(
        name: "config",
        summary: "Check, show, explain and convert the configuration.",
        subcommands: [
            Command(
                name: "check",
                summary: "Read the configuration and report every mistake with its place.",
                options: [.json],
                action: ConfigCommand.check
            ),
            Command(
                name: "show",
                summary: "Print the configuration as it is understood, without any secret.",
                options: [.json],
                action: ConfigCommand.show
            ),
            configExplain,
            Command(
                name: "path",
                summary: "Print the path of the configuration file in use.",
                options: [.json],
                action: ConfigCommand.path
            ),
            Command(
                name: "convert",
                summary: "Print the configuration file in another format.",
                discussion: [
                    "Variables stay as they are, and so does a key that stands in the file itself; comments are lost."
                ],
                options: [.format],
                action: ConfigCommand.convert
            ),
            importLiteLLM,
        ]
    )

    private static let configExplain = Command(
        name: "explain",
        summary: "Tell what a key of the configuration means, and its value in effect.",
        discussion: [
            """
            Told are what the value may be, its default, the variable that sets it too, the value in effect and where that \
            comes from; secrets are never shown. Of a table its keys are listed.
            """
        ],
        positionals: [
            Positional(
                name: "KEY",
                kind: .configurationKey,
                isRequired: true,
                summary: "The key with the tables that it stands in, such as server.listen or providers.base_url."
            )
        ],
        options: [.json],
        examples: [
            Example(
                purpose: "See what the gateway listens at, and where that is set",
                line: "plexctl config explain server.listen"
            )
        ],
        action: ExplainCommand.run
    )

    private static let importLiteLLM = Command(
        name: "import-litellm",
        summary: "Print a LiteLLM proxy's configuration as one of ours.",
        discussion: [
            """
            Models, wildcards, fallbacks, aliases, the strategy, retries and prices are taken over. What has no counterpart is told             on standard error. No key is printed: os.environ/NAME becomes ${NAME}, and a key that stands in the file becomes             a variable that you set.
            """
        ],
        positionals: [
            Positional(
                name: "FILE",
                kind: .file,
                isRequired: true,
                summary: "LiteLLM's config.yaml; '-' reads standard input."
            )
        ],
        examples: [
            Example(
                purpose: "Take a gateway over",
                line: "plexctl config import-litellm litellm.yaml > config.toml && plexctl config check"
            )
        ],
        action: ConfigCommand.importLiteLLM
    )

    private static let completions = Command(
        name: "completions",
        summary: "Print a script that completes command lines in a shell.",
        positionals: [
            Positional(
                name: "SHELL",
                kind: .choice(Shell.allCases.map(\.rawValue)),
                isRequired: true,
                summary: "The shell: bash, zsh or fish."
            )
        ],
        examples: [
            Example(
                purpose: "Complete in bash from now on",
                line: "plexctl completions bash > ~/.local/share/bash-completion/completions/plexctl"
            )
        ],
        action: CompletionsCommand.run
    )

    private static let help = Command(
        name: "help",
        summary: "Show the help of a command.",
        positionals: [
            Positional(name: "COMMAND", kind: .command, isRepeating: true, summary: "The command, word by word.")
        ],
        action: HelpCommand.run
    )

    private static let version = Command(
        name: "version",
        summary: "Show the version.",
        options: [.json],
        action: VersionCommand.run
    )

    private static let complete = Command(
        name: "__complete",
        summary: "List names for completion scripts.",
        positionals: [
            Positional(
                name: "KIND",
                kind: .choice(["models", "providers", "servers", "keys"]),
                isRequired: true,
                summary: "What to list."
            )
        ],
        isHidden: true,
        action: CompleteCommand.run
    )
}
