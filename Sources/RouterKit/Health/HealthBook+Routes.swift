extension HealthBook {
    struct RouteState: Sendable {
        var sequence = 0
        // These two lose weight together, so that a quiet week does not pay for a flood of second requests.
        var requests = 0.0
        var hedges = 0.0
        var firstTokens = LatencyHistogram()
    }

    /// Counts a request.
    ///
    /// - Parameter route: The place of its route.
    /// - Returns: How many requests the route has had before.
    package mutating func nextSequence(route: Int) -> Int {
        grow(toHoldRoute: route)
        if routes[route].requests >= 1000 {
            routes[route].requests /= 2
            routes[route].hedges /= 2
        }
        routes[route].requests += 1
        routes[route].sequence &+= 1
        return routes[route].sequence &- 1
    }

    /// Counts a second request beside a slow first one.
    ///
    /// - Parameter route: The place of its route.
    package mutating func noteHedge(route: Int) {
        grow(toHoldRoute: route)
        routes[route].hedges += 1
    }

    /// Whether one more second request keeps to a share of a route's requests.
    ///
    /// - Parameters:
    ///   - route: The place of the route.
    ///   - budget: The share, 0 to 1.
    /// - Returns: Whether it does.
    package func hedgeIsWithinBudget(route: Int, budget: Double) -> Bool {
        guard routes.indices.contains(route) else { return budget >= 1 }
        return routes[route].hedges + 1 <= budget * routes[route].requests
    }

    /// The time in which a share of a route's answers began.
    ///
    /// - Parameters:
    ///   - route: The place of the route.
    ///   - share: The share, 0 to 1.
    /// - Returns: The time; `nil` while too few answers were seen.
    package func firstTokenPercentile(_ route: Int, _ share: Double) -> Duration? {
        routes.indices.contains(route) ? routes[route].firstTokens.percentile(share) : nil
    }

    mutating func noteFirstToken(route: Int, after latency: Duration) {
        grow(toHoldRoute: route)
        routes[route].firstTokens.note(latency)
    }

    private mutating func grow(toHoldRoute route: Int) {
        while routes.count <= route { routes.append(RouteState()) }
    }
}
