extension Int {
    /// The sum, or the largest number where it is beyond that: counts come from a peer, which may write anything.
    func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        guard overflow else { return sum }
        return other < 0 ? .min : .max
    }
}
