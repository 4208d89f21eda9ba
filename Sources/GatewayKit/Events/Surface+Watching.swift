extension Surface {
    /// The paths by which an operator watches.
    static func watching(_ observation: Observation) -> [GatewayRoute] {
        [
            GatewayRoute(
                method: "GET",
                path: "/events",
                audience: .hosts,
                endpoint: EventsEndpoint(observation: observation)
            ) {
                let kinds = EventKind.allCases.map(\.rawValue).joined(separator: ", ")
                let parameters = [
                    OperationDescription.Parameter(
                        name: "types",
                        place: .query,
                        text: "Names with commas between them, in which * stands for anything, of \(kinds)"
                    ),
                    OperationDescription.Parameter(
                        name: "last-event-id",
                        place: .header,
                        text: "The last event that was read; those since then are sent first, as far as they are kept"
                    ),
                ]
                return [.reading(.operation, "Tells what happens, as it happens", parameters: parameters, .events)]
            },
            GatewayRoute(
                method: "GET",
                path: "/dashboard",
                audience: .hosts,
                isOpen: true,
                endpoint: DashboardEndpoint()
            ) {
                [.reading(.operation, "Gives a page that shows all of this", .page)]
            },
        ]
    }
}
