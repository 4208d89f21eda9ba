/// Where requests to one URL lead; worked out once and kept for the next request.
final class Route: Sendable {
    let url: String
    let unixSocketPath: String?
    let origin: Origin
    /// Whether the URL's host is this machine.
    let isLoopback: Bool
    /// How to get there without libcurl, if that can be done.
    let direct: DirectTarget?

    /// - Throws: `TransportError` with code `invalidURL`.
    init(url: String, unixSocketPath: String?) throws(TransportError) {
        self.url = url
        self.unixSocketPath = unixSocketPath
        origin = try Origin(url: url)
        isLoopback = origin.isLoopback
        if let path = unixSocketPath {
            guard !path.isEmpty, path.utf8.count <= UnixSocketPath.limit, !path.utf8.contains(0) else {
                throw TransportError(
                    .invalidURL,
                    "the socket's path is empty or longer than \(UnixSocketPath.limit) bytes"
                )
            }
        }
        direct = DirectTarget(url: url, origin: origin, unixSocketPath: unixSocketPath)
    }

    /// The peer's name for messages.
    var peer: String { unixSocketPath ?? origin.description }
}

/// What the last requests led to and said, on one loop.
struct RouteCache {
    private static let capacity = 16
    private static let fieldsCapacity = 8

    private var routes: [Route] = []
    private var fields: [CheckedFields] = []

    /// The route of a request: one of those kept, or a new one.
    mutating func route(of request: HTTPRequest) throws(TransportError) -> Route {
        for index in routes.indices
        where routes[index].url == request.url && routes[index].unixSocketPath == request.unixSocketPath {
            // One step to the front each time, so that what is asked for often is found soon.
            if index > 0 { routes.swapAt(index, index - 1) }
            return routes[max(0, index - 1)]
        }
        let route = try Route(url: request.url, unixSocketPath: request.unixSocketPath)
        if routes.count == Self.capacity { routes.removeLast() }
        routes.append(route)
        return route
    }

    /// A request's fields, checked: some of those kept, or new ones.
    mutating func checked(_ wanted: HTTPFields) throws(TransportError) -> CheckedFields {
        for index in fields.indices where fields[index].fields.hasSameBytes(as: wanted) {
            if index > 0 { fields.swapAt(index, index - 1) }
            return fields[max(0, index - 1)]
        }
        let checked = try CheckedFields(wanted)
        if fields.count == Self.fieldsCapacity { fields.removeLast() }
        fields.append(checked)
        return checked
    }
}
