import Modelplex
import ProviderKit
import TransportKit

/// `plexctl chat`.
enum ChatCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let hasPrompt = !arguments.positionals.isEmpty || arguments.has(.file) || arguments.has(.image)
        guard hasPrompt || !context.input.isTerminal else {
            throw Failure(showing: arguments.path)
        }
        let prompt = try ChatPrompt(arguments, input: context.input)
        guard !prompt.isEmpty else {
            throw Failure(.usage, "there is no prompt; give one as arguments, or pipe it into standard input")
        }
        let request = try request(for: prompt, arguments)
        let session = try PlexSession(arguments, context)
        let server = arguments.value(of: .server)
        let plex = if let server { try session.plex(server: server) } else { try session.plex() }
        context.beginCancellable()
        do {
            try await answer(request, plex, arguments, context)
        } catch {
            throw server == nil ? error : error.inWordsOfServerOption
        }
    }

    private static func answer(
        _ request: ChatRequest,
        _ plex: Plex,
        _ arguments: Arguments,
        _ context: Context
    ) async throws(Failure) {
        if arguments.has(.toolServer) {
            try await ToolsCommand.withServers(arguments, context) { servers throws(Failure) in
                let chat = ToolChat(plex: plex, servers: servers, arguments: arguments, context: context)
                if arguments.has(.dryRun) {
                    try await preview(chat.completed(request), plex, arguments, context.console)
                } else {
                    try await ask(request, plex, chat, arguments, context.console)
                }
            }
        } else if arguments.has(.dryRun) {
            try await preview(request, plex, arguments, context.console)
        } else {
            try await ask(request, plex, nil, arguments, context.console)
        }
    }

    /// Makes the request that a command line describes.
    static func request(for prompt: ChatPrompt, _ arguments: Arguments) throws(Failure) -> ChatRequest {
        // An empty name stands for the default model.
        var request = ChatRequest(model: ModelID(arguments.value(of: .model) ?? ""), messages: [prompt.message])
        if let system = arguments.value(of: .system), !system.isEmpty {
            request.messages.insert(.system(system), at: 0)
        }
        if let path = arguments.value(of: .schema) {
            request.responseFormat = .jsonSchema(try SchemaFile.read(path))
        }
        request.sampling.temperature = arguments.value(of: .temperature).flatMap(Double.init)
        request.maximumTokens = arguments.value(of: .maxTokens).flatMap { Int($0) }
        if let total = arguments.value(of: .timeout).flatMap(Duration.init(written:)) {
            // Only the whole counts for whoever sets it.
            request.timeouts = Timeouts(firstByte: nil, idle: nil, total: total)
        }
        return request
    }

    private static func preview(
        _ request: ChatRequest,
        _ plex: Plex,
        _ arguments: Arguments,
        _ console: Console
    ) async throws(Failure) {
        let preview = try await asking { () async throws(PlexError) in
            try await plex.preview(request, isStreaming: !arguments.has(.noStream))
        }
        for warning in preview.warnings {
            console.warn(warning.description)
        }
        let value: JSONValue = ["method": .string(preview.method), "url": .string(preview.url), "body": preview.body]
        let isForProgram = arguments.has(.json) || arguments.has(.jsonLines)
        try console.print((isForProgram ? value.serializedString : value.prettyPrinted()) + "\n")
    }

    private static func ask(
        _ request: ChatRequest,
        _ plex: Plex,
        _ tools: ToolChat?,
        _ arguments: Arguments,
        _ console: Console
    ) async throws(Failure) {
        let form: AnswerPrinter.Form =
            if arguments.has(.json) { .json } else if arguments.has(.jsonLines) { .jsonLines } else { .text }
        let printer = AnswerPrinter(console: console, form: form, showsReasoning: arguments.has(.reasoning))
        var run = ChatRun(printer: printer)
        let outcome: Result<ChatResponse, Failure>
        if let tools {
            outcome = await run.read(tools, request)
        } else {
            outcome = await run.read(arguments.has(.noStream) ? wholeAnswer(to: request, plex) : plex.stream(request))
        }
        // An answer is worth more than a note for the next time.
        do { try plex.saveHealth() } catch { console.warn("\(error)") }
        switch outcome {
        case .success(let response):
            report(response, run.times, arguments, console)
            try checkForm(response, request)
        case .failure(var failure):
            if arguments.has(.timeout), failure.error?.code.timeoutPhase == .total {
                // The library names the configuration's key, but the limit stood on the command line.
                let limit = arguments.value(of: .timeout) ?? ""
                failure.message = "the answer was not whole within the \(limit) of --timeout; give it longer"
            }
            if arguments.has(.trace), let error = failure.error {
                ChatReport.trace(error.attempts, error.steps).forEach(console.note)
            }
            throw failure
        }
    }

    /// The answer in one piece, as a stream of what a reader would have seen.
    private static func wholeAnswer(to request: ChatRequest, _ plex: Plex) -> ChatStream {
        ChatStream { () async throws(PlexError) -> ChatStream in
            let response = try await plex.respond(to: request)
            return ChatStream { WholeAnswer(response: response) }
        }
    }

    private static func report(
        _ response: ChatResponse,
        _ times: ChatReport.Times,
        _ arguments: Arguments,
        _ console: Console
    ) {
        if arguments.has(.usage) {
            var times = times
            if arguments.has(.noStream) { times.first = nil }
            console.note(ChatReport.usage(response.usage, times))
        }
        if arguments.has(.trace) {
            ChatReport.trace(response.route?.attempts ?? [], response.route?.steps ?? []).forEach(console.note)
        }
    }

    /// A caller who gave a schema will parse the answer: an answer that is no JSON must not look like success.
    private static func checkForm(_ response: ChatResponse, _ request: ChatRequest) throws(Failure) {
        guard case .jsonSchema = request.responseFormat, response.toolCalls.isEmpty else { return }
        do {
            _ = try JSONValue(parsing: response.text)
        } catch {
            guard response.finishReason != .length else {
                throw Failure(
                    .badData,
                    "the answer was cut at the limit on tokens, so that it is no whole JSON; allow more with --max-tokens"
                )
            }
            throw Failure(
                .badData,
                "the answer is not JSON, though --schema asked for it; the model may not know schemas, try another"
            )
        }
    }
}
