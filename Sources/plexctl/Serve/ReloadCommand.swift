import GatewayKit
import ProviderKit
import TransportKit

/// `plexctl reload`.
enum ReloadCommand {
    /// Providers that do not answer are waited for when the gateway tells what it serves.
    private static let time = Duration.seconds(60)

    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let gateway = try RunningGateway(arguments, PlexSession(arguments, context))
        context.beginCancellable()
        let answer = try await gateway.post("/_internal/reload", [:], within: time)
        guard answer.body["reloaded"]?.bool == true else { throw failure(answer) }
        if arguments.has(.json) {
            try context.console.print(answer.body.serializedString + "\n")
        } else {
            try context.console.print(words(texts(answer.body["changed"])))
            for warning in texts(answer.body["warnings"]) { context.console.warn(warning) }
        }
    }

    /// What has changed, in words.
    static func words(_ changed: [String]) -> String {
        changed.isEmpty ? "reloaded; nothing has changed\n" : "reloaded; changed: \(changed.joined(separator: ", "))\n"
    }

    /// Why nothing was changed.
    static func failure(_ answer: RunningGateway.Answer) -> Failure {
        let error = answer.body["error"]
        guard let message = error?["message"]?.string, let code = error?["code"]?.string else { return answer.refusal }
        let exitCode: ExitCode
        switch ReloadError.Reason(rawValue: code) {
        case .invalidConfiguration: exitCode = .configuration
        case .addressInUse, .stopping: exitCode = .unavailable
        case .cannotOpen: exitCode = .inputOutput
        default:
            guard answer.status == 401 || answer.status == 403 else { return answer.refusal }
            return Failure(.authentication, "the gateway at \(answer.place.name) refuses: \(message)")
        }
        return Failure(exitCode, "the gateway at \(answer.place.name) stays as it is: \(message)")
    }

    private static func texts(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }
}
