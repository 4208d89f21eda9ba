import MCPKit
import ProviderKit
import TransportKit

/// Prints an answer as its events come.
struct AnswerPrinter: Sendable {
    /// What standard output carries.
    enum Form: Sendable, Hashable {
        /// The answer's text, piece by piece.
        case text
        /// One object at the end.
        case json
        /// One object a line for each event.
        case jsonLines
    }

    private let console: Console
    private let form: Form
    private let showsReasoning: Bool
    private var cleaner = TerminalText()
    private var reasoningCleaner = TerminalText()
    /// Whether what was written to standard output ends inside a line.
    private var isInsideLine = false
    private var isInsideReasoning = false

    /// Makes a printer.
    init(console: Console, form: Form, showsReasoning: Bool) {
        self.console = console
        self.form = form
        self.showsReasoning = showsReasoning
    }

    /// Prints what is new.
    ///
    /// - Throws: `Failure`, if standard output takes nothing more.
    mutating func print(_ event: ChatEvent) throws(Failure) {
        if case .reasoning(let piece) = event, showsReasoning {
            printReasoning(piece)
        }
        switch form {
        case .text: try printText(event)
        case .jsonLines: try console.print(event.json.serializedString + "\n")
        case .json:
            guard case .finished(let response) = event else { return }
            try console.print(response.json.serializedString + "\n")
        }
    }

    /// Prints what came of a tool call, for programs.
    ///
    /// - Throws: `Failure`, if standard output takes nothing more.
    mutating func print(_ step: ToolStep) throws(Failure) {
        guard form == .jsonLines else { return }
        let value: JSONValue = ["type": "tool_called", "step": step.json]
        try console.print(value.serializedString + "\n")
    }

    /// Prints the end of an answer that tools were used for; its text is printed already.
    ///
    /// - Throws: `Failure`, if standard output takes nothing more.
    mutating func print(_ result: ToolLoopResult) throws(Failure) {
        switch form {
        case .text:
            try end()
            var response = result.response
            // Why calls were not run is told with the ending.
            response.message.content.removeAll { if case .toolCall = $0.kind { true } else { false } }
            warn(about: response)
        case .json: try console.print(result.json.serializedString + "\n")
        case .jsonLines:
            let value: JSONValue = ["type": "finished", "response": result.json]
            try console.print(value.serializedString + "\n")
        }
    }

    /// Ends the line that was begun, also when the answer was cut short.
    ///
    /// - Throws: `Failure`, if standard output takes nothing more.
    mutating func end() throws(Failure) {
        endReasoning()
        guard isInsideLine else { return }
        isInsideLine = false
        try console.print("\n")
    }

    private mutating func printText(_ event: ChatEvent) throws(Failure) {
        switch event {
        case .text(let piece), .refusal(let piece):
            guard !piece.isEmpty else { return }
            endReasoning()
            try console.print(console.output.isTerminal ? cleaner.cleaned(piece) : piece)
            isInsideLine = piece.utf8.last != UInt8(ascii: "\n")
        case .reset(let reason):
            try end()
            console.warn("what was printed so far is void, the answer begins anew: \(reason)")
        case .finished(let response):
            try end()
            warn(about: response)
        case .started, .reasoning, .reasoningSealed, .toolCallBegan, .toolCallArguments, .toolCallEnded, .warning:
            // Warnings come again, all of them, in the whole answer.
            break
        @unknown default:
            break
        }
    }

    private func warn(about response: ChatResponse) {
        for warning in response.warnings {
            console.warn(warning.description)
        }
        switch response.finishReason {
        case .length: console.warn("the answer ends at the token limit; raise it with --max-tokens")
        case .contentFilter: console.warn("the provider's filter ended the answer")
        default: break
        }
        if !response.toolCalls.isEmpty {
            let names = response.toolCalls.map(\.name).joined(separator: ", ")
            console.warn("the model asked for tools, which nobody ran: \(names); see them with --json")
        }
    }

    private mutating func printReasoning(_ piece: String) {
        isInsideReasoning = true
        console.pass(reasoningCleaner.cleaned(piece))
    }

    private mutating func endReasoning() {
        guard isInsideReasoning else { return }
        isInsideReasoning = false
        console.pass("\n")
    }
}
