// The options of every command, declared once; commands ask for their values by these declarations.
extension Option {
    // Everywhere.
    static let help = flag("help", short: "h", "Show this help.")
    static let version = flag("version", "Show the version.")
    static let config = option(
        "config",
        short: "c",
        "FILE",
        .file,
        "Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user's own."
    )
    static let environmentFile = option(
        "env-file",
        "FILE",
        .file,
        "Read variables from this file; those of the environment win."
    )
    static let json = flag("json", exclusion: "form", "Print one JSON object.")

    // chat
    static let model = option(
        "model",
        short: "m",
        "MODEL",
        .model,
        "Ask this model, by its name or as PROVIDER/MODEL; without it, $PLEX_MODEL, or the first one of a local engine."
    )
    static let system = option("system", short: "s", "TEXT", .text, "Instructions for the whole conversation.")
    static let file = option(
        "file",
        short: "f",
        "FILE",
        .file,
        isRepeatable: true,
        "Append a text file under its name to the prompt."
    )
    static let image = option(
        "image",
        "FILE",
        .file,
        isRepeatable: true,
        "Show the model a PNG, JPEG, GIF or WebP image of at most 20 MB."
    )
    static let schema = option(
        "schema",
        "FILE",
        .file,
        "Ask for an answer in JSON that fits the JSON Schema in this file."
    )
    static let temperature = option(
        "temperature",
        "NUMBER",
        .number(0...2),
        "Spread of the choice of words: 0 always takes the likeliest."
    )
    static let maxTokens = option(
        "max-tokens",
        "COUNT",
        .integer(1...10_000_000),
        "End the answer after so many tokens, reasoning included."
    )
    static let timeout = option(
        "timeout",
        "TIME",
        .duration,
        "Give up when the whole answer takes longer, for example 30s or 2m."
    )
    static let noStream = flag("no-stream", "Ask for the whole answer at once instead of piece by piece.")
    static let jsonLines = flag("jsonl", exclusion: "form", "Print one JSON object a line for each event as it comes.")
    static let reasoning = flag("reasoning", "Show the model's thoughts on standard error.")
    static let usage = flag("usage", "Report tokens and times on standard error.")
    static let trace = flag("trace", "Report each request that was sent on standard error.")
    static let dryRun = flag("dry-run", "Print the request that would be sent, without the key, and send nothing.")
    static let server = option(
        "server",
        "URL",
        .text,
        "Ask the OpenAI-compatible server there (http://..., https://... or unix:PATH) and no other."
    )

    // models
    static let provider = option("provider", "NAME", .provider, "List the models of this provider only.")

    // serve
    static let socket = option(
        "socket",
        short: "s",
        "PATH",
        .file,
        "Listen at this Unix socket, for this user only."
    )
    static let http = option(
        "http",
        "HOST:PORT",
        .text,
        "Listen at this address; beyond 127.0.0.1 that takes access keys in the configuration. Port 0 is any that is free."
    )
    static let listen = option(
        "listen",
        "ADDRESS",
        .text,
        isRepeatable: true,
        "Listen at unix:PATH, tcp:HOST:PORT or systemd, with options such as ?mode=0660&group=NAME&role=guest."
    )
    static let verbose = flag("verbose", short: "v", "Log more: the level debug, whatever the configuration says.")

    // config convert
    static let format = option("to", "FORMAT", .choice(["toml", "yaml", "json"]), "The format to convert to.")
}
