/// Finds what somebody probably meant.
package enum NearestName {
    /// The nearest of some names, or `nil` if none is near.
    package static func of(_ name: String, among names: [String]) -> String? {
        several(name, among: names, limit: 1).first
    }

    /// The names that are near, the nearest first; of those equally near, in the order in which they stand.
    ///
    /// A name of the form `provider/model` also counts by its model alone.
    package static func several(_ name: String, among names: [String], limit: Int = 3) -> [String] {
        let folded = fold(name)
        // Long texts are no typing mistakes, and the comparison's cost grows with their square.
        guard !folded.isEmpty, folded.count <= 64 else { return [] }
        var near: [(name: String, distance: Int, place: Int)] = []
        for (place, candidate) in names.enumerated() {
            var forms = [fold(candidate)]
            if let slash = candidate.firstIndex(of: "/") {
                forms.append(fold(String(candidate[candidate.index(after: slash)...])))
            }
            let distances = forms.compactMap { other -> Int? in
                let distance = distance(folded, other)
                return distance <= max(1, min(folded.count, other.count) / 3) ? distance : nil
            }
            if let distance = distances.min() { near.append((candidate, distance, place)) }
        }
        return near.sorted { ($0.distance, $0.place) < ($1.distance, $1.place) }.prefix(limit).map(\.name)
    }

    // `baseURL`, `base-url` and `base_url` are the same mistake away from nothing.
    private static func fold(_ name: String) -> [UInt8] {
        name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }

    // Insertions, deletions, replacements and swaps of neighbours.
    private static func distance(_ lhs: [UInt8], _ rhs: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...rhs.count)
        for i in lhs.indices {
            var row = [i + 1]
            for j in rhs.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (lhs[i] == rhs[j] ? 0 : 1))
                if i > 0, j > 0, lhs[i] == rhs[j - 1], lhs[i - 1] == rhs[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[rhs.count]
    }
}
