/// What has to be done so that a server listens at other addresses than it does; a pure value.
///
/// What is wanted as it is stays as it is. At the same place only the terms may have changed, a role or the rights to a
/// socket's file: that is changed at the open socket, so that nobody who connects meanwhile finds nobody there.
struct ListenerPlan: Sendable, Hashable {
    /// An open listener that goes on under other terms.
    struct Change: Sendable, Hashable {
        var from: ListenAddress
        var to: ListenAddress
    }

    var kept: [ListenAddress] = []
    var changed: [Change] = []
    var opened: [ListenAddress] = []
    var closed: [ListenAddress] = []

    /// Makes a plan.
    ///
    /// - Parameters:
    ///   - old: The addresses that are listened at.
    ///   - new: Those that are wanted.
    init(from old: [ListenAddress], to new: [ListenAddress]) {
        var rest: [ListenAddress] = []
        for address in old where !rest.contains(address) { rest.append(address) }
        var missing: [ListenAddress] = []
        for address in new where !kept.contains(address) {
            guard let index = rest.firstIndex(of: address) else {
                missing.append(address)
                continue
            }
            kept.append(rest.remove(at: index))
        }
        for address in missing {
            if let index = rest.firstIndex(where: { $0.isSamePlace(as: address) }) {
                changed.append(Change(from: rest.remove(at: index), to: address))
            } else {
                opened.append(address)
            }
        }
        closed = rest
    }
}

extension ListenAddress {
    fileprivate func isSamePlace(as other: ListenAddress) -> Bool {
        switch (self, other) {
        case (.unix(let path, _, _, _), .unix(let otherPath, _, _, _)): path == otherPath
        // A port that the system chooses is another one each time.
        case (.tcp(let host, let port, _), .tcp(let otherHost, let otherPort, _)):
            host == otherHost && port == otherPort && port != 0
        case (.systemd, .systemd): true
        default: false
        }
    }
}
