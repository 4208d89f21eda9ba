import TransportKit

/// One thing that was measured of a gateway, beside nginx in the same run.
struct Figure: Sendable {
    /// What a figure counts; also the name of its limit.
    enum Unit: String {
        case microseconds, milliseconds, mebibytes, kibibytes, perSecond

        var symbol: String {
            switch self {
            case .microseconds: "µs"
            case .milliseconds: "ms"
            case .mebibytes: "MiB"
            case .kibibytes: "KiB"
            case .perSecond: "/s"
            }
        }
    }

    let name: String
    let unit: Unit
    /// The gateway's values, one for each repetition.
    let gateway: [Double]
    /// nginx's values in the same repetitions.
    var nginx: [Double] = []
    /// Whether the values are what a server adds to a time, and so may come near nothing.
    var isDifference = false

    var value: Double { gateway.median }
    var reference: Double? { nginx.isEmpty ? nil : nginx.median }

    /// The gateway's value over nginx's: the middle of the repetitions, so that what disturbs one of them does not count.
    var ratio: Double? {
        if isDifference { return reference.flatMap { $0 > 0 && value > 0 ? value / $0 : nil } }
        let ratios = zip(gateway, nginx).compactMap { $1 > 0 ? $0 / $1 : nil }
        return ratios.isEmpty ? nil : ratios.median
    }

    func isOver(_ limits: JSONValue?, slack: Double) -> String? {
        if let limit = limits?["ratio"]?.double, let ratio, ratio > limit * slack {
            return "\(name): \(fixed(ratio, digits: 2)) times nginx's is over \(limit)"
        }
        if let limit = limits?[unit.rawValue]?.double, value > limit * (isMemory ? 1 : slack) {
            return "\(name): \(fixed(value, digits: 3)) \(unit.symbol) is over \(limit)"
        }
        return nil
    }

    /// Memory does not depend on what else the machine does.
    private var isMemory: Bool { unit == .mebibytes || unit == .kibibytes }

    var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "unit": .string(unit.rawValue), "gateway": .number(JSONNumber(value)),
            "samples": .array(gateway.map { .number(JSONNumber($0)) }),
        ]
        if let reference { object["nginx"] = .number(JSONNumber(reference)) }
        if let ratio { object["ratio"] = .number(JSONNumber(ratio)) }
        return .object(object)
    }
}

/// All figures of a run.
struct FigureReport: Sendable {
    var figures: [Figure]
    /// What could not be measured, and why.
    private(set) var failures: [String] = []
    /// The same of peers.
    private(set) var notes: [String] = []

    init(figures: [Figure]) {
        self.figures = figures
    }

    /// Adds the figures of a peer; what cannot be measured of one is worth knowing, and no failure of ours.
    mutating func add(peer name: String, _ run: () async throws -> FigureReport) async {
        do {
            let peer = try await run()
            figures += peer.figures
            notes += peer.failures
        } catch {
            notes.append("\(name): \(error)")
        }
    }

    /// Adds what a measure finds; one that fails does not keep the others from being made.
    mutating func add(_ measure: () async throws -> [Figure]) async {
        do {
            figures += try await measure()
        } catch {
            failures.append("\(error)")
        }
    }

    var table: String {
        textTable(
            [["gateway", "value", "nginx", "ratio", "spread"]]
                + figures.map { figure in
                    [
                        figure.name, text(figure.value, figure), figure.reference.map { text($0, figure) } ?? "",
                        figure.ratio.map { fixed($0, digits: 2) } ?? "",
                        "\(fixed(figure.gateway.min() ?? 0, digits: 3)) to \(fixed(figure.gateway.max() ?? 0, digits: 3))",
                    ]
                },
            leftAligned: [0, 4]
        )
    }

    private func text(_ value: Double, _ figure: Figure) -> String {
        "\(fixed(value, digits: value.magnitude < 10 ? 3 : 1)) \(figure.unit.symbol)"
    }

    func violations(of thresholds: JSONValue, slack: Double) -> [String] {
        figures.compactMap { $0.isOver(thresholds[$0.name], slack: slack) } + failures
    }
}

extension [Double] {
    /// The value in the middle; 0 if there is none.
    var median: Double {
        let sorted = sorted()
        return sorted.isEmpty ? 0 : (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}
