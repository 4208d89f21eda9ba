internal import TransportKit

extension MCPClient {
    /// The changes at the server, from the moment that they are read.
    ///
    /// - Parameter filter: Which changes.
    /// - Returns: The changes.
    public func changes(_ filter: MCPChangeFilter = MCPChangeFilter()) -> MCPChanges {
        MCPChanges {
            let queue = ChangeQueue()
            queue.follow(
                // Owned by the queue, which cancels it.
                Task(executorPreference: self.loop) { [weak queue] in
                    let listening = Listening(client: self, filter: filter)
                    await listening.run { queue }
                }
            )
            return queue
        }
    }
}

/// Listens to changes, on one connection after the other.
private struct Listening: Sendable {
    let client: MCPClient
    let filter: MCPChangeFilter

    func run(_ queue: @escaping @Sendable () -> ChangeQueue?) async {
        var attempt = 0
        var generator = SystemRandomness()
        while !Task.isCancelled {
            do throws(MCPError) {
                let connection = try await client.connection()
                // The queue is not held while waiting: who reads from it ends this by letting go of it.
                if attempt > 0 { filter.changes.forEach { queue()?.push($0) } }
                attempt = 1
                let isOver = try await listen(on: connection, queue)
                if isOver { return queue()?.finish() ?? () }
            } catch {
                if Self.isFinal(error) {
                    queue()?.finish(error.code == .closed ? .success(()) : .failure(error))
                    return
                }
            }
            attempt += 1
            guard (try? await client.pause(BackoffPolicy.mcp.delay(forAttempt: attempt - 1, using: &generator))) != nil
            else {
                return
            }
        }
    }

    /// Whether there is no use in trying again.
    private static func isFinal(_ error: MCPError) -> Bool {
        switch error.code {
        case .cancelled, .unsupported, .configuration, .version, .authorization, .request: true
        // The client itself: a connection that closes ends otherwise.
        case .closed: error.message == ClientCore.clientIsClosed.message
        default: false
        }
    }

    /// Listens until the connection or the subscription ends.
    ///
    /// - Returns: Whether the server ended the subscription in order.
    private func listen(
        on connection: MCPConnection,
        _ queue: @escaping @Sendable () -> ChangeQueue?
    ) async throws(MCPError) -> Bool {
        let (core, loop, filter) = (client.core, client.loop, filter)
        let number = await loop.run { queue().map { core.value.listeners.add($0, filter) } }
        guard let number else { return true }
        do throws(MCPError) {
            let isOver = try await hear(number, connection)
            await loop.run { core.value.endListening(number, on: connection) }
            return isOver
        } catch {
            await loop.run { core.value.endListening(number, on: connection) }
            throw error
        }
    }

    private func hear(_ number: Int, _ connection: MCPConnection) async throws(MCPError) -> Bool {
        let core = client.core
        if connection.version.isStateless {
            let forever = Duration.seconds(1 << 31)
            var options = MCPRequestOptions(timeLimit: forever, maximumTime: forever)
            options.begun = { core.value.listeners.subscribed(number, $0) }
            _ = try await connection.request(
                "subscriptions/listen",
                ["notifications": .object(filter.json)],
                options: options
            )
            return true
        }
        if !filter.contents.isEmpty {
            guard connection.agreement.capabilities["resources"]?["subscribe"]?.bool ?? false else {
                throw MCPError(
                    .unsupported,
                    "the server does not offer subscriptions to resources",
                    server: client.name
                )
            }
            for uri in filter.contents {
                await client.loop.run { core.value.listeners.subscribes(number, uri) }
                _ = try await connection.request(
                    "resources/subscribe",
                    ["uri": .string(uri)],
                    options: MCPRequestOptions()
                )
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                client.loop.perform { core.value.listeners.waitForEnd(number, continuation) }
            }
        } onCancel: {
            client.loop.execute { core.value.listeners.stopWaiting(number) }
        }
        guard Task.isCancelled else { return false }
        throw MCPError(.cancelled, "nobody listens any more")
    }
}

extension MCPChangeFilter {
    var json: JSONObject {
        var json: JSONObject = [:]
        if tools { json["toolsListChanged"] = true }
        if prompts { json["promptsListChanged"] = true }
        if resources { json["resourcesListChanged"] = true }
        if !contents.isEmpty { json["resourceSubscriptions"] = .array(contents.map { .string($0) }) }
        return json
    }
}
