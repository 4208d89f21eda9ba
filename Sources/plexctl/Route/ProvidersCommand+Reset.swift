import TransportKit

extension ProvidersCommand {
    static func reset(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let gateway = try RunningGateway(arguments, PlexSession(arguments, context))
        context.beginCancellable()
        var body = JSONObject()
        body["provider"] = arguments.positionals.first.map { .string($0) }
        let answer = try await gateway.post("/_internal/providers/reset", .object(body), within: .seconds(20))
        guard let count = answer.body["reset"]?.int else { throw answer.refusal }
        if arguments.has(.json) {
            try context.console.print(answer.body.serializedString + "\n")
        } else {
            try context.console.print(words(count))
        }
    }

    /// What was done, in words.
    static func words(_ count: Int) -> String {
        switch count {
        case 0: "nothing was held against anybody\n"
        case 1: "1 target is asked again\n"
        default: "\(count) targets are asked again\n"
        }
    }
}
