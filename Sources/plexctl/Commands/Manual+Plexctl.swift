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
            Providers come from a configuration file. Without one, they are taken from the keys in the credential store, which \
            'plexctl auth set' fills, from the usual environment variables, and then from local engines that answer on their \
            usual ports.
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
                term: "PLEX_SECTION__KEY",
                text: """
                    Overrides a key of the configuration: PLEX_SERVER__LOG_LEVEL sets server.log_level, \
                    PLEX_ROUTING__RETRY__MAX sets routing.retry.max. Lists are separated by commas. 'plexctl config explain KEY' \
                    tells the variable of a key.
                    """
            ),
            Entry(
                term: "PLEX_STORE, PLEX_KEY_FILE",
                text: "The credential store and the file with its key, instead of those under FILES."
            ),
            Entry(
                term: "PLEX_MASTER_KEY, PLEX_PASSPHRASE",
                text:
                    "The store's key, where there is no key file, and the passphrase of a store that is locked by one."
            ),
            Entry(term: "PLEX_MCP_STORE", text: "The file with the MCP servers that were added while a gateway ran."),
            Entry(
                term: "PLEX_SYSTEM_STORE, PLEX_SYSTEM_KEY_FILE",
                text:
                    "A credential store that all users share, and the file with its key, for the credentials of MCP servers."
            ),
            Entry(
                term: "SSL_CERT_FILE, SSL_CERT_DIR",
                text: "Trusted certificates, instead of those of the system."
            ),
            Entry(term: "NO_COLOR", text: "Not empty: no colours."),
            Entry(term: "CLICOLOR_FORCE", text: "Neither empty nor 0: colours also where there is no terminal."),
            Entry(term: "TERM", text: "dumb: no colours."),
            Entry(term: "XDG_CONFIG_HOME", text: "Where the user's configuration stands; else ~/.config."),
            Entry(term: "XDG_DATA_HOME", text: "Where the user's stores stand; else ~/.local/share."),
        ],
        files: [
            Entry(term: "./config.toml", text: "The configuration of a directory."),
            Entry(
                term: "$XDG_CONFIG_HOME/modelplex/config.toml",
                text: "The user's configuration. Files that end in .yaml, .yml or .json are read in that format."
            ),
            Entry(
                term: "$XDG_DATA_HOME/modelplex/credentials.db",
                text: "The credential store, encrypted; it is made when the first key is set."
            ),
            Entry(
                term: "$XDG_CONFIG_HOME/modelplex/credentials.key",
                text: "The key that opens the store. Keep a copy of it elsewhere than one of the store."
            ),
            Entry(
                term: "$XDG_DATA_HOME/modelplex/mcp.db",
                text: "The MCP servers that were added while a gateway ran."
            ),
            Entry(
                term: "./modelplex.socket",
                text: "The socket at which 'plexctl serve' listens where nothing else is configured."
            ),
        ]
    )
}
