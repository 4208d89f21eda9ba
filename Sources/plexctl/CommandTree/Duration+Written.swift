extension Duration {
    /// Reads a length of time as it is written on a command line: a number and `ms`, `s`, `m` or `h`.
    ///
    /// - Parameter text: For example `1.5s`; a number alone counts seconds.
    init?(written text: String) {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
            let number = Double(text.dropLast(unit.suffix.count)), number > 0, number * unit.seconds <= 1e9
        else { return nil }
        self = .seconds(number * unit.seconds)
    }
}
