/// The series of one family: a value for each set of labels that has been counted.
///
/// The set of labels that came last is looked at first, as that of most requests is the one before's: comparing it costs far
/// less than finding it.
struct Series<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    // Apart, so that a set of labels is compared where it lies: taking a pair out to look at one half copies both.
    private var keys: [Key] = []
    private var values: [Value] = []
    private var places: [Key: Int] = [:]
    private var last = 0

    /// All series, in the order in which they came.
    var elements: [(key: Key, value: Value)] { zip(keys, values).map { (key: $0, value: $1) } }

    /// How many there are.
    var count: Int { keys.count }

    /// Whether there is one of these labels.
    func contains(_ key: Key) -> Bool { places[key] != nil }

    /// Changes the value for a set of labels, which is made if it is new.
    mutating func update(_ key: Key, default value: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        if let place = place(of: key) { return change(&values[place]) }
        last = keys.count
        places[key] = last
        keys.append(key)
        values.append(value())
        change(&values[last])
    }

    private mutating func place(of key: Key) -> Int? {
        if last < keys.count, keys[last] == key { return last }
        guard let place = places[key] else { return nil }
        last = place
        return place
    }
}
