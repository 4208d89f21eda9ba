public import ProviderKit

extension SimulatedProvider {
    /// Something that goes wrong at a provider for a while.
    public struct Incident: Sendable, Hashable {
        /// What goes wrong.
        @nonexhaustive
        public enum Kind: Sendable, Hashable {
            /// Connections are refused, and those that stand break.
            case down
            /// Everything takes so many times as long.
            case slow(factor: Double)
            /// Requests fail.
            case errors(PlexError.Code, status: Int?, retryAfter: Duration?)
            /// Nothing comes.
            case stall
            /// Answers break somewhere in the middle.
            case cut
        }

        /// What goes wrong.
        public var kind: Kind
        /// When it begins.
        public var start: Duration
        /// How long it lasts; `nil`: to the end.
        public var duration: Duration?
        /// The share of requests that it hits, 0 to 1.
        public var share: Double
        /// The only credential that it hits; `nil`: all.
        public var credential: String?
        /// The only model that it hits; `nil`: all.
        public var model: ModelID?

        /// Describes an incident.
        public init(
            _ kind: Kind,
            at start: Duration = .zero,
            for duration: Duration? = nil,
            share: Double = 1,
            credential: String? = nil,
            model: ModelID? = nil
        ) {
            self.kind = kind
            self.start = start
            self.duration = duration
            self.share = share
            self.credential = credential
            self.model = model
        }

        /// Whether requests fail because of it.
        var breaks: Bool { if case .slow = kind { false } else { true } }
    }
}
