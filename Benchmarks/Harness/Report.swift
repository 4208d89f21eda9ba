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
                ratio(of: measurement).map { "\(fixed($0, digits: 2)) x \(measurement.reference ?? "")" } ?? "",
            ]
        }
        let head = ["case", "fastest", "median", "cpu", "throughput/memory", "ratio"]
        return textTable([head] + rows, leftAligned: [0, 5])
    }

    /// The measurements as JSON; times in nanoseconds, memory in bytes.
    var json: JSONValue {
        .array(
            measurements.map { measurement in
                var object: JSONObject = [
                    "name": .string(measurement.name), "fastest": .number(JSONNumber(measurement.fastest)),
                    "median": .number(JSONNumber(measurement.median)), "cpu": .number(JSONNumber(measurement.cpu)),
                ]
                if let ratio = ratio(of: measurement) { object["ratio"] = .number(JSONNumber(ratio)) }
                if let bytes = measurement.residentBytes { object["memory"] = .number(JSONNumber(bytes)) }
                return .object(object)
            }
        )
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
                lines.append("\(measurement.name): ratio \(fixed(ratio, digits: 2)) is over \(limit)")
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
                    "\(measurement.name): \(fixed(Self.mebibytes(bytes), digits: 1)) MiB is over \(limit)"
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
}
