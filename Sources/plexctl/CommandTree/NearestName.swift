/// The name that was most likely meant by a mistyped word.
///
/// - Parameters:
///   - word: What was typed.
///   - names: What could have been meant.
/// - Returns: The name with the fewest changed characters, if that is at most a third of it, and at least one.
func nearestName(to word: String, among names: [String]) -> String? {
    let typed = Array(word.prefix(64))
    let ranked = names.map { (name: $0, distance: editDistance(typed, Array($0))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    let isBeginning = typed.count >= 2 && best.name.hasPrefix(word)
    return isBeginning || best.distance <= max(1, best.name.count / 3) ? best.name : nil
}

/// The number of characters to insert, remove, replace or swap with a neighbour to make one text from another.
private func editDistance(_ from: [Character], _ to: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...to.count)
    for i in 0..<from.count {
        var row = [i + 1]
        for j in 0..<to.count {
            var cost = min(last[j] + (from[i] == to[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, from[i] == to[j - 1], from[i - 1] == to[j] {
                cost = min(cost, beforeLast[j - 1] + 1)
            }
            row.append(cost)
        }
        (beforeLast, last) = (last, row)
    }
    return last[to.count]
}
