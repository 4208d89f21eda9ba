internal import ProviderKit
internal import TransportKit

/// What came of asking a provider how it is.
enum ProbeOutcome: Sendable {
    case success(ProviderStatus)
    case failure(PlexError.Code, status: Int?)

    /// Asks a provider for its models, for a limited time.
    @concurrent
    static func probing(_ provider: any Provider, limit: Duration, clock: any Clock<Duration>) async -> ProbeOutcome {
        await withTaskGroup(of: ProbeOutcome.self) { group in
            group.addTask { await check(provider, clock) }
            group.addTask { await timeout(after: limit, clock) }
            let first = await group.next() ?? .failure(.cancelled, status: nil)
            group.cancelAll()
            return first
        }
    }

    private static func check(_ provider: any Provider, _ clock: any Clock<Duration>) async -> ProbeOutcome {
        do throws(PlexError) {
            return .success(try await provider.check(clock: clock))
        } catch {
            return .failure(error.code, status: error.status)
        }
    }

    private static func timeout(after limit: Duration, _ clock: any Clock<Duration>) async -> ProbeOutcome {
        do {
            try await clock.sleep(for: limit)
            return .failure(.timeout(.total), status: nil)
        } catch {
            return .failure(.cancelled, status: nil)
        }
    }
}

extension ProbeOutcome {
    /// What is told of it.
    func event(of provider: ProviderID) -> EventDraft {
        var data: JSONObject = ["provider": .string(provider.rawValue)]
        switch self {
        case .success(let status):
            data["ok"] = true
            data["latency_ms"] = .number(JSONNumber((status.latency.inSeconds * 10_000).rounded() / 10))
            data["models"] = .number(JSONNumber(status.models.count))
        case .failure(let code, let status):
            data["ok"] = false
            data["code"] = .string(code.description)
            data["status"] = status.map { .number(JSONNumber($0)) }
        }
        return EventDraft(.providerProbe, data)
    }
}
