/// The series of one family: a value for each set of labels that has been counted.
///
/// The set of labels that came last is looked at first, as that of most requests is the one before's: comparing it costs far
/// less than finding it.
struct Series<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// All series, in the order in which they came.
    private(set) var elements: [(key: Key, value: Value)] = []
    private var places: [Key: Int] = [:]
    private var last = 0

    /// How many there are.
    var count: Int { elements.count }

    /// Whether there is one of these labels.
    func contains(_ key: Key) -> Bool { places[key] != nil }

    /// Changes the value for a set of labels, which is made if it is new.
    mutating func update(_ key: Key, default value: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        if let place = place(of: key) { return change(&elements[place].value) }
        last = elements.count
        places[key] = last
        elements.append((key, value()))
        change(&elements[last].value)
    }

    private mutating func place(of key: Key) -> Int? {
        if last < elements.count, elements[last].key == key { return last }
        guard let place = places[key] else { return nil }
        last = place
        return place
    }
}
