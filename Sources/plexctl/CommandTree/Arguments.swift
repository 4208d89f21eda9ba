/// What a command line said: options by their declaration, positional arguments in order.
struct Arguments: Sendable {
    /// The command that is called.
    var path: CommandPath
    /// The arguments that are no options.
    var positionals: [String] = []
    private var given: [Option: [String]] = [:]

    init(path: CommandPath) {
        self.path = path
    }

    /// Notes a flag, or one value of an option.
    mutating func add(_ value: String?, for option: Option) {
        given[option, default: []] += value.map { [$0] } ?? []
    }

    /// Whether a flag or option was given.
    func has(_ option: Option) -> Bool {
        given[option] != nil
    }

    /// The last value of an option.
    func value(of option: Option) -> String? {
        given[option]?.last
    }

    /// All values of an option, in order.
    func values(of option: Option) -> [String] {
        given[option] ?? []
    }
}
