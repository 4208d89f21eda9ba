extension Manual {
    /// The manual of `plexctl` beside its commands.
    static let plexctl = Manual(
        date: "November 21, 2026",
        version: "0.1.0",
        description: [
            """
            plexctl asks language models of any provider from a command line or a script. It streams answers to \
            standard output as they come; warnings, reports and errors go to standard error.
            """,
            """
            Providers come from a configuration file. Without one, they are taken from the usual environment variables, \
            and then from local engines that answer on their usual ports.
            """,
            """
            The first interrupt cancels a request and closes its connection. A second one ends the program, and the MCP servers \
            that it has started, at once.
            """,
        ],
        environment: [
            Entry(term: "PLEX_CONFIG", text: "The configuration file, unless one is given with --config."),
            Entry(term: "PLEX_MODEL", text: "The model to ask when none is named."),
            Entry(term: "OPENAI_API_KEY", text: "The key of the provider openai."),
            Entry(term: "ANTHROPIC_API_KEY", text: "The key of the provider anthropic."),
            Entry(
                term: "OPENAI_BASE_URL, ANTHROPIC_BASE_URL",
                text: "Without a configuration file: where these two are, instead of their usual addresses."
            ),
            Entry(term: "OLLAMA_HOST", text: "Without a configuration file and keys: where Ollama is looked for."),
            Entry(
                term: "PLEX_SERVER_KEY",
                text: "The key for the server that is given with --server, if it wants one."
            ),
            Entry(
                term: "SSL_CERT_FILE, SSL_CERT_DIR",
                text: "Trusted certificates, instead of those of the system."
            ),
            Entry(term: "NO_COLOR", text: "Not empty: no colours."),
            Entry(term: "CLICOLOR_FORCE", text: "Neither empty nor 0: colours also where there is no terminal."),
            Entry(term: "TERM", text: "dumb: no colours."),
            Entry(term: "XDG_CONFIG_HOME", text: "Where the user's configuration stands; else ~/.config."),
        ],
        files: [
            Entry(term: "./config.toml", text: "The configuration of a directory."),
            Entry(
                term: "$XDG_CONFIG_HOME/modelplex/config.toml",
                text: "The user's configuration. Files that end in .yaml, .yml or .json are read in that format."
            ),
        ]
    )
}
