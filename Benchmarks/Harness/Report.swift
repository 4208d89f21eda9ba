import TransportKit

/// All measurements of a run, and what is said about them.
///
/// Ratios, throughput and limits go by CPU time, which other load on the machine changes least.
struct Report {
    private(set) var measurements: [Measurement] = []

    mutating func add(_ more: [Measurement]) {
        measurements += more
    }

    /// CPU time over the reference's CPU time.
    func ratio(of measurement: Measurement) -> Double? {
        guard let reference = measurements.first(where: { $0.name == measurement.reference }), reference.cpu > 0
        else {
            return nil
        }
        return measurement.cpu / reference.cpu
    }

    /// The measurements as a table with a line for each.
    var table: String {
        let rows = measurements.map { measurement in
            [
                measurement.name, Self.time(measurement.fastest), Self.time(measurement.median),
                Self.time(measurement.cpu),
                Self.amount(of: measurement),
                ratio(of: measurement).map { "\(Self.fixed($0, digits: 2)) x \(measurement.reference ?? "")" } ?? "",
            ]
        }
        let all = [["case", "fastest", "median", "cpu", "throughput/memory", "ratio"]] + rows
        let widths = (0..<6).map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                let (text, width) = cell
                let padding = String(repeating: " ", count: width - text.count)
                return column == 0 || column == 5 ? text + padding : padding + text
            }
            let line = cells.joined(separator: "  ")
            return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
        }.joined(separator: "\n")
    }

    /// Holds the measurements against limits; a limit on a group that did not run is no fault.
    ///
    /// - Parameters:
    ///   - thresholds: The limits by case.
    ///   - slack: By how much a limit may be missed, as a factor; 1 for a quiet machine.
    /// - Returns: What is over its limit.
    func violations(of thresholds: JSONValue, slack: Double) -> [String] {
        measurements.flatMap { measurement -> [String] in
            let limits = thresholds[measurement.name]
            var lines: [String] = []
            if let limit = limits?["ratio"]?.double, let ratio = ratio(of: measurement), ratio > limit * slack {
                lines.append("\(measurement.name): ratio \(Self.fixed(ratio, digits: 2)) is over \(limit)")
            }
            if let limit = limits?["microseconds"]?.double, measurement.cpu / 1000 > limit * slack {
                lines.append("\(measurement.name): \(Self.time(measurement.cpu)) is over \(limit) µs")
            }
            if let limit = limits?["wallMilliseconds"]?.double, measurement.median / 1e6 > limit * slack {
                lines.append("\(measurement.name): \(Self.time(measurement.median)) is over \(limit) ms")
            }
            if let limit = limits?["mebibytes"]?.double, let bytes = measurement.residentBytes,
                Self.mebibytes(bytes) > limit
            {
                lines.append(
                    "\(measurement.name): \(Self.fixed(Self.mebibytes(bytes), digits: 1)) MiB is over \(limit)"
                )
            }
            if let limit = limits?["megabytesPerSecond"]?.double, let bytes = measurement.bytes,
                Double(bytes) / measurement.cpu * 1000 * slack < limit
            {
                lines.append("\(measurement.name): throughput is under \(limit) MB/s")
            }
            return lines
        }
    }

    private static func amount(of measurement: Measurement) -> String {
        if let bytes = measurement.bytes { return "\(Int(Double(bytes) / measurement.cpu * 1000)) MB/s" }
        if let bytes = measurement.residentBytes { return "\(fixed(mebibytes(bytes), digits: 1)) MiB" }
        return ""
    }

    private static func mebibytes(_ bytes: Int) -> Double {
        Double(bytes) / 1_048_576
    }

    private static func time(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case 0: ""
        case ..<1e4: "\(Int(nanoseconds)) ns"
        case ..<1e7: "\(fixed(nanoseconds / 1e3, digits: 1)) µs"
        default: "\(fixed(nanoseconds / 1e6, digits: 1)) ms"
        }
    }

    private static func fixed(_ value: Double, digits: Int) -> String {
        let scale = digits == 1 ? 10 : 100
        let scaled = Int((value * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
