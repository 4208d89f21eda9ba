import CredentialKit

extension Command {
    /// `plexctl auth`.
    static let auth = Command(
        name: "auth",
        summary: "Keep keys of providers, encrypted.",
        discussion: [
            """
            Keys lie in a store, each encrypted on its own; the first 'auth set' makes it, and a key file beside it. A \
            provider whose api_key is left out gets the store's credential of its name; 'store:NAME' in the configuration \
            names any. NAME is PROVIDER or PROVIDER@ACCOUNT.
            """
        ],
        subcommands: [set, list, remove, test, login, logout, rekey, importing, backup, status]
    )

    static let credentialName = Positional(
        name: "NAME",
        isRequired: true,
        summary: "The credential: PROVIDER or PROVIDER@ACCOUNT."
    )

    private static let set = Command(
        name: "set",
        summary: "Store a key, in place of the one of that name.",
        discussion: ["The key is asked for without being shown, or read; it is never an argument."],
        positionals: [credentialName],
        options: [.fromStandardInput, .fromFile, .json],
        examples: [
            Example(purpose: "Type or paste a key", line: "plexctl auth set openai"),
            Example(
                purpose: "Take a key from a password manager",
                line: "pass show openai | plexctl auth set openai --from-stdin"
            ),
        ],
        action: AuthCommand.set
    )

    private static let list = Command(
        name: "list",
        summary: "List names, kinds and dates of what is stored; never values.",
        options: [.json],
        action: AuthCommand.list
    )

    private static let remove = Command(
        name: "remove",
        summary: "Remove a credential from the store.",
        positionals: [credentialName],
        options: [.json],
        action: AuthCommand.remove
    )

    private static let test = Command(
        name: "test",
        summary: "Open a credential, and ask the provider that uses it for its models.",
        positionals: [credentialName],
        options: [.json],
        action: AuthCommand.test
    )

    private static let rekey = Command(
        name: "rekey",
        summary: "Exchange the store's keys and encrypt everything anew.",
        discussion: [
            """
            Without --to the master key stays where it is: a key file gets a fresh key. 'systemd' is the service's credential \
            modelplex.key, 'environment' the variable PLEX_MASTER_KEY, 'passphrase' asks for one.
            """
        ],
        options: [.masterKey, .json],
        action: AuthStoreCommand.rekey
    )

    private static let importing = Command(
        name: "import",
        summary: "Store the keys that a file or the environment holds.",
        discussion: [
            """
            A file that ends in .json holds {"NAME": "KEY"}; any other holds lines of VARIABLE=KEY, of which the usual \
            variables of known providers are taken, such as OPENAI_API_KEY. What is stored already stays, unless --replace is \
            given.
            """
        ],
        positionals: [Positional(name: "FILE", kind: .file, summary: "The file; without it, the environment.")],
        options: [.replace, .json],
        action: AuthStoreCommand.importing
    )

    private static let backup = Command(
        name: "backup",
        summary: "Copy the store to a new file while it is in use; the master key is not in it.",
        positionals: [Positional(name: "FILE", kind: .file, isRequired: true, summary: "The file to make.")],
        options: [.json],
        action: AuthStoreCommand.backup
    )

    private static let status = Command(
        name: "status",
        summary:
            "Tell where the store is, whether it opens, and where each provider's key comes from, and which logins there are.",
        options: [.json],
        action: AuthStoreCommand.status
    )
}

extension Option {
    static let fromStandardInput = flag("from-stdin", exclusion: "source", "Read the key from standard input.")
    static let fromFile: Option = {
        var option = Option.option("from-file", "FILE", .file, "Read the key from this file, which holds nothing else.")
        option.exclusion = "source"
        return option
    }()
    static let masterKey = option(
        "to",
        "PLACE",
        .choice(MasterKeySources.Origin.allCases.map(\.rawValue).sorted()),
        "Where the master key is to come from afterwards."
    )
    static let replace = flag("replace", "Replace what is stored already.")
}
