internal import ProviderKit

/// What an error says about the provider that it came from.
enum HealthBearing: Sendable {
    /// Nothing will go well until someone changes something.
    case certain
    /// The provider may be down; one error alone may also be bad luck.
    case likely
    /// The provider works, but wants fewer requests.
    case slowdown
    /// The error was the caller's, or ours.
    case none

    init(_ code: PlexError.Code) {
        switch code {
        case .authentication, .quotaExhausted, .configuration: self = .certain
        case .network, .overloaded, .upstream, .malformedResponse, .streamCut, .permission: self = .likely
        case .rateLimited: self = .slowdown
        default: self = code.timeoutPhase == nil ? .none : .likely
        }
    }
}

/// Why a provider is not healthy, in words that a guest may read: no address, nothing that the provider said.
package struct HealthReason: Sendable, Hashable, CustomStringConvertible {
    /// The error's code, or `failing_often`.
    package var code: String
    /// What is wrong.
    package var message: String

    init(_ code: PlexError.Code) {
        self.code = code.description
        message =
            switch code {
            case .authentication: "it refuses the key"
            case .permission: "it does not permit this to the key"
            case .quotaExhausted: "the account's quota is used up"
            case .configuration: "its configuration is wrong"
            case .network: "it cannot be reached"
            case .overloaded: "it is overloaded"
            case .rateLimited: "it limits the rate of requests"
            case .malformedResponse: "its answers cannot be understood"
            case .streamCut: "its answers break off"
            default: code.timeoutPhase == nil ? "it fails" : "it does not answer in time"
            }
    }

    private init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    static let failingOften = HealthReason(code: "failing_often", message: "most of its latest answers failed")

    /// The code and the message.
    package var description: String { "\(code): \(message)" }
}
