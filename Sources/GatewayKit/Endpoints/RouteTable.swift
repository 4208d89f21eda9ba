/// One path of the gateway's surface.
struct GatewayRoute: Sendable {
    /// Through which listeners a route can be reached.
    enum Audience: Sendable {
        case everybody
        /// Those of host listeners; for others the route is not there.
        case hosts
    }

    var method: String
    /// The path; a last part in braces stands for the rest of a request's path, slashes included.
    var path: String
    var audience: Audience = .everybody
    /// Whether it is answered without credentials.
    var isOpen = false
    /// Whether it counts against the most requests at a time.
    var asksModels = false
    var endpoint: any Endpoint
    /// What the description of the interface says of it; made only when somebody asks.
    var operations: @Sendable () -> [OperationDescription]

    /// Whether a listener of a role has the route.
    func isVisible(to role: ListenAddress.Role) -> Bool { audience == .everybody || role == .host }
}

/// All paths, and how a request finds its own.
struct RouteTable: Sendable {
    /// What a method and a path lead to.
    enum Match: Sendable {
        case route(GatewayRoute, parameter: String)
        /// The path is there, but not for this method.
        case wrongMethod(allowed: [String])
        case nothing
    }

    private var exact: [String: [GatewayRoute]] = [:]
    private var beginnings: [(text: String, routes: [GatewayRoute])] = []
    /// The routes in the order in which they were given.
    let routes: [GatewayRoute]

    init(_ routes: [GatewayRoute]) {
        self.routes = routes
        for route in routes {
            guard let brace = route.path.firstIndex(of: "{") else {
                exact[route.path, default: []].append(route)
                continue
            }
            let text = String(route.path[..<brace])
            if let index = beginnings.firstIndex(where: { $0.text == text }) {
                beginnings[index].routes.append(route)
            } else {
                beginnings.append((text, [route]))
            }
        }
    }

    /// Finds a request's route.
    func match(method: String, path: String, role: ListenAddress.Role) -> Match {
        // Nearly all requests write a path as the table does.
        if let routes = exact[path] { return Self.choose(routes, method, role, parameter: "") }
        let path = Self.canonical(path)
        if let routes = exact[path] { return Self.choose(routes, method, role, parameter: "") }
        for (text, routes) in beginnings where path.hasPrefix(text) && path.utf8.count > text.utf8.count {
            guard let parameter = Self.decoded(path.dropFirst(text.count)) else { return .nothing }
            return Self.choose(routes, method, role, parameter: parameter)
        }
        return .nothing
    }

    private static func choose(
        _ routes: [GatewayRoute],
        _ method: String,
        _ role: ListenAddress.Role,
        parameter: String
    ) -> Match {
        // A HEAD is a GET whose body the server leaves out (RFC 9110, 9.3.2).
        let wanted = method == "HEAD" ? "GET" : method
        for index in routes.indices where routes[index].method == wanted && routes[index].isVisible(to: role) {
            return .route(routes[index], parameter: parameter)
        }
        let visible = routes.filter { $0.isVisible(to: role) }
        return visible.isEmpty ? .nothing : .wrongMethod(allowed: visible.map(\.method))
    }

    /// The path without the second prefix and without a slash at its end.
    private static func canonical(_ path: String) -> String {
        var path = path
        if path.utf8.starts(with: "/models/v1/".utf8) { path.removeFirst("/models".count) }
        if path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        return path
    }

    /// Text without its percent-encoding; `nil` if it is not well formed.
    static func decoded(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(Substring(digits)), radix: 16), value != 0 else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
