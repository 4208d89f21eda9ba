import MCPKit
import Modelplex
import ProviderKit
import TransportKit

/// `plexctl chat --mcp`.
struct ToolChat {
    let plex: Plex
    let servers: ToolServers
    let arguments: Arguments
    let context: Context

    private var console: Console { context.console }

    /// Asks, lets the model use tools, and prints what it says.
    ///
    /// - Parameters:
    ///   - request: What is asked.
    ///   - printer: What prints the answer.
    /// - Returns: The way to the answer.
    /// - Throws: `Failure`; what came before it is printed.
    func run(_ request: ChatRequest, _ printer: AnswerPrinter) async throws(Failure) -> ToolLoopResult {
        let approval = try ToolQuestions(arguments, context)
        var printer = printer
        let events = plex.events(
            for: request,
            using: try await box(),
            limits: limits,
            isStreaming: !arguments.has(.noStream),
            approve: { await approval.decide($0) }
        )
        var iterator = events.makeAsyncIterator()
        var result: ToolLoopResult?
        do throws(Failure) {
            while let event = try await Self.next(of: &iterator) {
                try show(event, &printer)
                if case .finished(let found) = event { result = found }
            }
        } catch {
            // The failure that came first is the one to tell.
            try? printer.end()
            throw error
        }
        guard let result else { throw Failure(.bug, "the tool loop ended without an end; please report this") }
        return result
    }

    /// The request with the servers' tools, for `--dry-run`.
    func completed(_ request: ChatRequest) async throws(Failure) -> ChatRequest {
        let box = try await box()
        let contents = try await asking { () async throws(PlexError) in try await box.contents() }
        contents.failures.forEach(warn)
        var request = request
        request.tools += contents.definitions
        return request
    }

    /// Why an answer that a limit cut off is no answer.
    static func failure(for result: ToolLoopResult) -> Failure? {
        let rounds = result.steps.map(\.round).max() ?? 0
        let told: String
        switch result.ending {
        case .answered: return nil
        case .rounds:
            let times = rounds == 1 ? "1 round" : "\(rounds) rounds"
            told = "stopped after \(times) of tool calls without an answer; allow more with --max-rounds"
        case .calls: told = "stopped after \(result.steps.count) tool calls without an answer; ask for less at once"
        case .duration: told = "stopped without an answer, as the tools take too long; ask for less at once"
        default: told = "stopped without an answer, as the model called a tool that is not there"
        }
        return Failure(.failure, told)
    }

    private func box() async throws(Failure) -> ToolBox {
        try await asking { () async throws(PlexError) in
            try await servers.box(of: arguments.values(of: .toolServer))
        }
    }

    private var limits: ToolLoopLimits {
        var limits = ToolLoopLimits()
        if let rounds = arguments.value(of: .maxRounds).flatMap({ Int($0) }) {
            limits.rounds = rounds
            limits.calls = max(limits.calls, rounds * 5)
        }
        if let total = arguments.value(of: .timeout).flatMap(Duration.init(written:)) { limits.duration = total }
        return limits
    }

    private static func next(
        of events: inout ToolLoopEvents.AsyncIterator
    ) async throws(Failure) -> ToolLoopEvent? {
        do {
            return try await events.next()
        } catch {
            throw Failure(error)
        }
    }

    private func show(_ event: ToolLoopEvent, _ printer: inout AnswerPrinter) throws(Failure) {
        switch event {
        case .ready(let tools, let failures):
            // Nothing is asked yet, and an answer without any of the tools is not what was asked for.
            if tools.isEmpty, let failure = failures.map({ Failure(PlexError($0)) }).worst { throw failure }
            failures.forEach(warn)
        case .piece(let piece): try printer.print(piece)
        case .answer(let response):
            // A whole answer that came at once has not been seen yet.
            if arguments.has(.noStream) {
                var pieces = WholeAnswer(response: response)
                while let piece = pieces.nextPiece() { try printer.print(piece) }
            }
            try printer.end()
        case .called(let step):
            try printer.print(step)
            console.note("tool: \(step.description) after \(ChatReport.seconds(step.duration))")
        case .finished(let result): try printer.print(result)
        case .calling: break
        @unknown default: break
        }
    }

    private func warn(_ error: MCPError) {
        console.warn(error.description)
    }
}

/// Asks a person about each tool call.
final class ToolQuestions: Sendable {
    private let context: Context
    private let approvesAll: Bool
    private let approved = Locked<Set<String>>([])

    /// Makes the questions.
    ///
    /// - Throws: `Failure`, if nobody can be asked and not all is approved; before anything is sent.
    init(_ arguments: Arguments, _ context: Context) throws(Failure) {
        self.context = context
        approvesAll = arguments.has(.approveAll)
        guard approvesAll || context.ask != nil else {
            throw Failure(
                .usage,
                "tool calls are asked about, and there is no terminal to ask at; approve all of them with --yes"
            )
        }
    }

    /// Decides on a call.
    func decide(_ request: ToolApprovalRequest) async -> ToolApproval {
        let name = request.call.name
        if approvesAll || approved.withLock({ $0.contains(name) }) { return .approved }
        guard let ask = context.ask else { return .denied(reason: nil) }
        let call = TerminalText.line("\(name) \(request.call.arguments)")
        let answer = try? ask("Run \(call)? [y]es, [n]o, [a]lways this tool: ")
        switch answer?.lowercased().first {
        case "y": return .approved
        case "a":
            approved.withLock { _ = $0.insert(name) }
            return .approved
        default: return .denied(reason: nil)
        }
    }
}
