internal import ProviderKit
public import TransportKit

extension HealthRecord {
    // Only these are held against a credential.
    private static let refusals: [PlexError.Code] = [.authentication, .permission, .quotaExhausted]

    /// The record for a file; times in seconds.
    ///
    /// What is not held against the deployment is not in it. Failures that have not opened a breaker are left out: they
    /// are forgotten after seconds.
    public var json: JSONValue {
        var object: JSONObject = [
            "provider": .string(deployment.provider.rawValue), "model": .string(deployment.model.rawValue),
        ]
        if let credential = deployment.credential { object["credential"] = .string(credential) }
        if let cooling { object["cooling"] = Self.seconds(cooling) }
        switch breaker {
        case .closed: break
        case .open(let time):
            object["breaker"] = "open"
            object["breaker_open"] = Self.seconds(time)
        case .halfOpen: object["breaker"] = "half_open"
        }
        if let refusal {
            object["refused"] = .string(refusal.code.description)
            object["refused_for"] = Self.seconds(refusal.remaining)
        }
        return .object(object)
    }

    /// Reads a record; there is none without the name of a deployment.
    ///
    /// Words and times that make no sense count as not there.
    ///
    /// - Parameter json: The record as ``json`` writes it.
    public init?(json: JSONValue) {
        guard let provider = json["provider"]?.string, let model = json["model"]?.string else { return nil }
        self.init(Deployment(ProviderID(provider), ModelID(model), credential: json["credential"]?.string))
        cooling = Self.duration(json["cooling"])
        switch json["breaker"]?.string {
        case "open": breaker = .open(for: Self.duration(json["breaker_open"]) ?? .zero)
        case "half_open": breaker = .halfOpen
        default: break
        }
        if let code = Self.refusals.first(where: { $0.description == json["refused"]?.string }),
            let remaining = Self.duration(json["refused_for"])
        {
            refusal = Refusal(code, remaining: remaining)
        }
    }

    private static func seconds(_ time: Duration) -> JSONValue {
        .number(JSONNumber((time / .milliseconds(1)).rounded(.up) / 1000))
    }

    private static func duration(_ json: JSONValue?) -> Duration? {
        // A century is more than any that is obeyed, and in the range of the type.
        guard let seconds = json?.double, seconds > 0 else { return nil }
        return .milliseconds(Int(min(seconds, 3_155_760_000) * 1000))
    }
}
