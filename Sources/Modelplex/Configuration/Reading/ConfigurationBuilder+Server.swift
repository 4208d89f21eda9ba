internal import GatewayKit

extension ConfigurationBuilder {
    /// The gateway's settings.
    mutating func makeServer(_ table: ConfigTable) -> PlexConfiguration.Server {
        var server = PlexConfiguration.Server()
        if let listen = table.texts("listen") {
            server.listen = listen.compactMap { try? ListenAddress(parsing: $0) }
        }
        table.setInteger(&server.loops, "loops")
        for (index, value) in (table["access_keys"]?.array ?? []).enumerated() {
            let path = "server.access_keys[\(index)]"
            let isTable = value.table != nil
            guard let text = isTable ? value["key"] : value,
                let key = makeCredential(text, path: isTable ? "\(path).key" : path)
            else { continue }
            server.accessKeys.append(.init(name: value["name"]?.string ?? "key-\(index + 1)", key: key))
        }
        server.corsOrigins = table.texts("cors_origins") ?? []
        server.allowedHosts = table.texts("allowed_hosts") ?? []
        server.limits = makeLimits(table)
        table.setDuration(&server.keepAlive, "keep_alive")
        table.setDuration(&server.drainTimeout, "drain_timeout")
        server.log = makeLog(table)
        return server
    }

    private func makeLimits(_ table: ConfigTable) -> PlexConfiguration.Server.Limits {
        var limits = PlexConfiguration.Server.Limits()
        table.setSize(&limits.requestSize, "max_request_size")
        table.setSize(&limits.headerSize, "max_header_size")
        limits.connections = table["max_connections"].flatMap(ConfigScalar.integer)
        table.setInteger(&limits.concurrentRequests, "max_concurrent_requests")
        table.setDuration(&limits.requestTimeout, "request_timeout")
        table.setDuration(&limits.idleTimeout, "idle_timeout")
        return limits
    }

    private func makeLog(_ table: ConfigTable) -> PlexConfiguration.Server.Log {
        var log = PlexConfiguration.Server.Log()
        if let level = table["log_level"]?.string { log.level = level }
        if let format = table["log_format"]?.string { log.format = .init(rawValue: format) ?? log.format }
        log.file = table["log_file"]?.string
        if let rotates = table["log_rotate"].flatMap(ConfigScalar.boolean) { log.rotates = rotates }
        table.setSize(&log.maximumSize, "log_max_size")
        table.setInteger(&log.keptFiles, "log_keep")
        if let includes = table["access_log"].flatMap(ConfigScalar.boolean) { log.includesRequests = includes }
        return log
    }
}

extension ConfigTable {
    fileprivate func setInteger(_ integer: inout Int, _ name: String) {
        if let value = self[name].flatMap(ConfigScalar.integer) { integer = value }
    }

    fileprivate func setSize(_ size: inout Int, _ name: String) {
        if let value = self[name].flatMap(ConfigScalar.size) { size = value }
    }
}
