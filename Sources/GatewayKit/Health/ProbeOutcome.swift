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
