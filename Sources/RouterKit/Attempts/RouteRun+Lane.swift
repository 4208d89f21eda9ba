internal import ProviderKit
internal import TransportKit

extension RouteRun {
    /// Where one request goes; an object, since all that has to do with the request has it.
    final class Lane: Sendable {
        let deployment: DeploymentID
        let provider: any Provider
        /// The provider, if it can send requests on as they came.
        let forwarder: (any ForwardingProvider)?
        let model: ModelID
        let credential: String?
        /// What the configuration adds to requests to this model.
        let parameters: ModelParameters
        /// The limits on time for this request.
        let timeouts: Timeouts
        /// What is left of the deadline.
        let remaining: Duration

        init(
            deployment: DeploymentID,
            provider: any Provider,
            forwarder: (any ForwardingProvider)?,
            model: ModelID,
            credential: String?,
            parameters: ModelParameters,
            timeouts: Timeouts,
            remaining: Duration
        ) {
            self.deployment = deployment
            self.provider = provider
            self.forwarder = forwarder
            self.model = model
            self.credential = credential
            self.parameters = parameters
            self.timeouts = timeouts
            self.remaining = remaining
        }
    }

    /// A request that was sent, or is about to be.
    struct Sent: Sendable {
        let lane: Lane
        /// Has to be told the outcome.
        let ticket: AttemptTicket
        let started: Duration
    }
}
