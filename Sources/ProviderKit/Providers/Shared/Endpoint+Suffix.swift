internal import TransportKit

extension Endpoint {
    /// The same endpoint without one of these at the end of its path, which people add by habit.
    func removingPathSuffixes(_ suffixes: [String]) -> Endpoint {
        var endpoint = self
        while endpoint.base.hasSuffix("/") {
            endpoint.base.removeLast()
        }
        if let suffix = suffixes.first(where: endpoint.base.hasSuffix) {
            endpoint.base.removeLast(suffix.count)
        }
        return endpoint
    }
}
