/// What the mock does with a request, chosen by the first part of its path: `/silent/v1/chat/completions`.
///
/// The same name is the model's, so that a gateway that routes by model finds the way.
enum MockBehaviour: Hashable {
    /// Answers at once with about a kilobyte of JSON.
    case plain
    /// Streams chunks, one at a time with a pause after each; without a pause, all at once.
    case stream(chunks: Int, pauseMilliseconds: Int)
    /// Sends the first chunk and then nothing.
    case hold
    /// Never answers.
    case silent

    /// The behaviour's name in paths, and its model.
    var name: String {
        switch self {
        case .plain: "plain"
        case .stream(let chunks, let pause): "stream-\(chunks)-\(pause)"
        case .hold: "hold"
        case .silent: "silent"
        }
    }

    var isStreamed: Bool { self != .plain }

    init?(name: some StringProtocol) {
        switch name {
        case "plain": self = .plain
        case "hold": self = .hold
        case "silent": self = .silent
        default:
            let parts = name.split(separator: "-")
            guard parts.count == 3, parts[0] == "stream", let chunks = Int(parts[1]), let pause = Int(parts[2]) else {
                return nil
            }
            self = .stream(chunks: chunks, pauseMilliseconds: pause)
        }
    }
}
