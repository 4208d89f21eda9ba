extension ListenAddress {
    /// Whether only programs on this machine can reach the address.
    ///
    /// - Parameter environment: Where the sockets that systemd passes are told.
    /// - Returns: Whether it is a Unix socket, or TCP where every address of the host is a loopback one.
    /// - Throws: `ListenError` if the host has no address.
    package func isLoopback(environment: [String: String] = [:]) async throws(ListenError) -> Bool {
        switch self {
        case .unix: return true
        case .tcp(let host, let port, _):
            let resolved = await OwnThread.run { () -> Result<Bool, ListenError> in
                Result { () throws(ListenError) in
                    try IPAddress.resolve(host, port: port).allSatisfy { storage in
                        IPAddress(storage).map { IPAddress.isLoopback($0.host) } ?? false
                    }
                }
            }
            return try resolved.get()
        case .systemd(let role):
            return try SystemdSockets(environment: environment).listeners(role: role).allSatisfy(\.bound.isLoopback)
        }
    }
}
