import FoundationEssentials
import ProviderTesting
import TransportKit

/// A server that runs and is measured: a gateway, or the mock itself.
struct Subject: Sendable {
    let name: String
    let tcp: LocalAddress
    let unix: LocalAddress?
    private let path: @Sendable (MockBehaviour) -> String
    private let child: ChildProcess?
    private let workplace: Workplace?

    /// The mock, with nothing between.
    static func direct(_ mock: MockUpstream) -> Subject {
        Subject(
            name: "direct",
            tcp: .tcp(port: mock.port),
            unix: nil,
            path: { "/\($0.name)/v1/chat/completions" },
            child: nil,
            workplace: nil
        )
    }

    /// Starts a gateway before the mock, and waits for its first answer.
    ///
    /// - Returns: The gateway, and the time from its start to the answer in nanoseconds.
    static func start(
        _ plan: SubjectPlan,
        before mock: MockUpstream,
        in workplace: Workplace
    ) async throws -> (Subject, UInt64) {
        let port = try RawSocket.freePort()
        let socket = workplace.newPath(".sock")
        func fill(_ text: String) -> String {
            [
                "{port}": "\(port)", "{socket}": socket, "{upstream}": "\(mock.port)", "{directory}": workplace.path,
            ].reduce(text) { $0.replacing($1.key, with: $1.value) }
        }
        let file = try workplace.write(fill(plan.configuration), plan.configurationSuffix)
        let command = plan.command.map { fill($0).replacing("{config}", with: file) }
        guard let program = command.first.flatMap(Workplace.find) else {
            throw TransportError(.other, "the program \(command.first ?? "") is not installed")
        }
        let start = monotonicNanoseconds()
        let child = try await workplace.start(program, Array(command.dropFirst()))
        let subject = Subject(
            name: plan.name,
            tcp: .tcp(port: port),
            unix: plan.hasSocket ? .unix(path: socket) : nil,
            path: plan.path,
            child: child,
            workplace: workplace
        )
        try subject.waitForAnswer(since: start, for: plan.patience)
        return (subject, monotonicNanoseconds() - start)
    }

    /// The request that brings about a behaviour of the mock behind the server.
    func request(_ behaviour: MockBehaviour, to address: LocalAddress? = nil) -> Request {
        Request(
            to: address ?? tcp,
            path: path(behaviour),
            model: behaviour.name,
            isStreamed: behaviour.isStreamed
        )
    }

    /// The path that brings about a behaviour.
    func target(_ behaviour: MockBehaviour) -> String { path(behaviour) }

    /// The server's processes; none for the mock, which is part of this one.
    var processes: ProcessTree? { child.map { ProcessTree(root: $0.processID) } }

    /// CPU time used so far, in nanoseconds.
    func cpu() throws -> Double { try processes?.cpu() ?? 0 }

    /// Memory in bytes.
    func memory() throws -> Double { try processes?.proportionalMemory() ?? 0 }

    /// Ends the server.
    func stop() async throws {
        guard let child, let workplace else { return }
        try await workplace.stop(child)
        if case .unix(let path) = unix { try? FileManager.default.removeItem(atPath: path) }
    }

    private func waitForAnswer(since start: UInt64, for patience: Duration) throws {
        let request = request(.plain)
        while true {
            do throws(TransportError) {
                return try SingleCall.begin(request).waitForAnswer()
            } catch {
                let mayCome =
                    processes?.isAlive == true && monotonicNanoseconds() - start < UInt64(patience / .nanoseconds(1))
                guard error.code == .connect, mayCome else {
                    let output = child?.errorOutput.suffix(1000) ?? ""
                    throw TransportError(error.code, "\(name) does not answer: \(error.message)\n\(output)")
                }
            }
            pause(microseconds: 200)
        }
    }
}
