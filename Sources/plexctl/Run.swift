/// One run of the program, up to its exit code.
struct Run: Sendable {
    /// What it may touch.
    let context: Context

    private var console: Console { context.console }

    /// Does what a command line says.
    ///
    /// - Parameter words: The words behind the program's name; `nil` for one that is not UTF-8.
    /// - Returns: The code to end with.
    func exitCode(of words: [String?]) async -> ExitCode {
        var valid: [String] = []
        for (index, word) in words.enumerated() {
            guard let word else {
                let message = "argument \(index + 1) is not UTF-8; convert it, for example with iconv"
                return report(Failure(.badData, message))
            }
            valid.append(word)
        }
        do throws(UsageError) {
            return await exitCode(of: try ArgumentParser(tree: .plexctl).parse(valid))
        } catch {
            return report(error, asJSON: Self.wantsJSON(valid, at: error.path))
        }
    }

    /// Whether a program reads what a command line ends with, though the line cannot be understood.
    private static func wantsJSON(_ words: [String], at path: CommandPath) -> Bool {
        let forms = path.options.filter { $0 == .json || $0 == .jsonLines }.flatMap(\.spellings)
        return words.prefix { $0 != "--" }.contains(where: forms.contains)
    }

    private func exitCode(of command: ParsedCommandLine) async -> ExitCode {
        var wantsJSON = false
        do throws(Failure) {
            switch command {
            case .help(let path):
                try console.print(HelpPage(path: path).text)
            case .version:
                try console.print(VersionCommand.text(asJSON: false))
            case .run(let arguments):
                wantsJSON = arguments.has(.json) || arguments.has(.jsonLines)
                try await arguments.path.command.action?(arguments, context)
            }
            return .success
        } catch {
            return report(error, asJSON: wantsJSON)
        }
    }

    private func report(_ error: UsageError, asJSON: Bool) -> ExitCode {
        guard !error.message.isEmpty else { return report(Failure(showing: error.path)) }
        if asJSON { return report(Failure(.usage, error.message), asJSON: true) }
        let usage = Synopsis(path: error.path).text(prefix: "usage: ")
        console.fail("\(error.message)\n\(usage)\nSee '\(error.path.name) --help'.")
        return .usage
    }

    private func report(_ failure: Failure, asJSON: Bool = false) -> ExitCode {
        if failure.isReported { return failure.exitCode }
        if let path = failure.helpPath {
            console.complain(HelpPage(path: path).text)
        } else if asJSON, failure.exitCode != .brokenPipe {
            console.fail(json: failure.json)
        } else if !failure.message.isEmpty, failure.exitCode != .interrupted {
            // Whoever interrupted it knows why it ended.
            console.fail(failure.message)
        }
        return failure.exitCode
    }
}
