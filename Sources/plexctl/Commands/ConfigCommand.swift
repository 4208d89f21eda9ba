import Modelplex
import ProviderKit
import TransportKit

/// `plexctl config`.
enum ConfigCommand {
    static func check(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try PlexSession(arguments, context)
        let document = try session.document()
        let report = document.check(environment: session.environment)
        let console = context.console
        if arguments.has(.json) {
            let value: JSONValue = [
                "path": .string(document.path), "ok": .bool(report.problems.isEmpty),
                "problems": .array(report.problems.map(\.json)), "warnings": .array(report.warnings.map(\.json)),
            ]
            try console.print(value.serializedString + "\n")
        } else {
            for warning in report.warnings {
                console.warn(warning.description)
            }
            for problem in report.problems {
                console.fail(problem.description)
            }
        }
        guard report.problems.isEmpty else {
            var failure = Failure(.configuration, "the configuration is wrong")
            failure.isReported = true
            throw failure
        }
        if !arguments.has(.json) {
            try console.print("\(document.path): ok\n")
        }
    }

    static func show(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try PlexSession(arguments, context)
        let document = try session.document(orDefaults: true)
        let text: String
        do {
            text = try document.effectiveText(
                as: arguments.has(.json) ? .json : .toml,
                environment: session.environment
            )
        } catch {
            throw Failure(error)
        }
        try context.console.printLines(text)
    }

    static func path(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try PlexSession(arguments, context)
        guard let path = session.configurationPath else {
            _ = try session.document()
            return
        }
        let value: JSONValue = ["path": .string(path)]
        try context.console.print(arguments.has(.json) ? value.serializedString + "\n" : "\(path)\n")
    }

    static func convert(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        guard let format = arguments.value(of: .format).flatMap(ConfigurationDocument.Format.init(rawValue:)) else {
            throw Failure(.usage, "name the format to convert to, for example --to yaml")
        }
        let document = try PlexSession(arguments, context).document()
        let text: String
        do {
            text = try document.text(as: format)
        } catch {
            throw Failure(error)
        }
        try context.console.printLines(text)
    }
}

extension ConfigCommand {
    static func importLiteLLM(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let path = arguments.positionals[0]
        let bytes = try path == "-" ? context.input.readAll() : FileReader.read(path)
        let imported: LiteLLMImport
        do throws(PlexError) {
            imported = try LiteLLMImport(
                parsing: bytes,
                format: ConfigurationDocument.Format(path: path) ?? .yaml,
                path: path == "-" ? "standard input" : path
            )
        } catch {
            var failure = Failure(error)
            // It is what is given to read, not the configuration.
            failure.exitCode = .badData
            throw failure
        }
        for note in imported.notes { context.console.warn(note.description) }
        try context.console.printLines(imported.text)
    }
}

extension ConfigurationError.Problem {
    /// The problem for programs.
    var json: JSONValue {
        var fields: JSONObject = ["file": .string(file)]
        fields["line"] = line.map { .number(JSONNumber($0)) }
        fields["column"] = column.map { .number(JSONNumber($0)) }
        fields["key"] = keyPath.isEmpty ? nil : .string(keyPath)
        fields["message"] = .string(message)
        fields["hint"] = hint.map(JSONValue.string)
        return .object(fields)
    }
}
