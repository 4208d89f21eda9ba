/// The ways to call a command, as pieces that a page may wrap between.
struct Synopsis: Sendable {
    /// The command that is described.
    let path: CommandPath

    /// The pieces behind the command's name, for example `[-m MODEL]`.
    var pieces: [String] {
        var shownExclusions: Set<String> = []
        var pieces: [String] = []
        for option in path.command.options {
            if let exclusion = option.exclusion {
                guard shownExclusions.insert(exclusion).inserted else { continue }
                let alternatives = path.command.options.filter { $0.exclusion == exclusion }
                pieces.append("[\(alternatives.map(Self.text(of:)).joined(separator: " | "))]")
            } else {
                pieces.append("[\(Self.text(of: option))]" + (option.isRepeatable ? "..." : ""))
            }
        }
        if !path.command.shownSubcommands.isEmpty { pieces.append("COMMAND") }
        return pieces + path.command.positionals.map(Self.text(of:))
    }

    /// An option and its value in the shortest way.
    private static func text(of option: Option) -> String {
        option.shortestSpelling + (option.value.map { " \($0.name)" } ?? "")
    }

    private static func text(of positional: Positional) -> String {
        let name = positional.name + (positional.isRepeating ? "..." : "")
        return positional.isRequired ? name : "[\(name)]"
    }

    /// The whole line, wrapped behind the command's name.
    ///
    /// - Parameter prefix: What it begins with, for example `USAGE: `.
    /// - Returns: The line, as several ones of at most 80 characters.
    func text(prefix: String) -> String {
        let start = prefix + path.name
        let hanging = String(repeating: " ", count: start.count + 1)
        return joinWrapped(([start] + pieces).map { $0[...] }, indentation: "", hanging: hanging)
    }
}
