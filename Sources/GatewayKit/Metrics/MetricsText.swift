/// Writes Prometheus's text format, version 0.0.4.
struct MetricsText {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    private(set) var bytes: [UInt8] = []

    /// Begins a family; its samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        append("# HELP ", name, " ", help, "\n# TYPE ", name, " ", kind.rawValue, "\n")
    }

    /// Writes one sample.
    mutating func sample(_ name: String, _ labels: KeyValuePairs<String, String?>, _ value: String) {
        append(name)
        let labels = Self.text(of: labels)
        if !labels.isEmpty { append("{", labels, "}") }
        append(" ", value, "\n")
    }

    /// Writes a family of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: String) {
        family(name, kind, help)
        sample(name, [:], value)
    }

    /// Writes the samples of one histogram.
    mutating func histogram(
        _ name: String,
        _ labels: KeyValuePairs<String, String?>,
        _ histogram: Histogram,
        _ buckets: HistogramBuckets
    ) {
        let labels = Self.text(of: labels)
        let separator = labels.isEmpty ? "" : ","
        let braced = labels.isEmpty ? "" : "{\(labels)}"
        var count: UInt64 = 0
        for index in buckets.labels.indices {
            if !histogram.counts.isEmpty { count += histogram.counts[index] }
            append(name, "_bucket{", labels, separator, "le=\"", buckets.labels[index], "\"} ", String(count), "\n")
        }
        append(name, "_sum", braced, " ", Self.text(of: histogram.sum), "\n")
        append(name, "_count", braced, " ", String(count), "\n")
    }

    static func text(of value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }

    private mutating func append(_ pieces: String...) {
        for piece in pieces { bytes.append(contentsOf: piece.utf8) }
    }

    // A label without a value is the same as none.
    private static func text(of labels: KeyValuePairs<String, String?>) -> String {
        var text = ""
        for (name, value) in labels {
            guard let value else { continue }
            if !text.isEmpty { text += "," }
            text += "\(name)=\"\(escaping(value))\""
        }
        return text
    }

    private static func escaping(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 == 0x0A }) else { return value }
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
