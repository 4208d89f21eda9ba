internal import TransportKit

/// Finds Azure's paths from the address that a user has at hand.
enum AzureAddress {
    /// The version that is asked for where the configuration names none: the last one of the dated interface that is settled.
    static let defaultVersion = "2024-10-21"

    /// Sets base and paths for an address: the resource's root, `…/openai`, `…/openai/v1`, or that of one deployment.
    static func settle(_ endpoint: inout Endpoint, _ paths: inout OpenAIPaths) {
        let base = endpoint.base
        if base.hasSuffix("/v1") { return }
        paths.query = paths.query ?? "api-version=\(defaultVersion)"
        if base.contains("/openai/deployments/") { return }
        if !base.hasSuffix("/openai") { endpoint.base += "/openai" }
        paths.hasDeployments = true
    }
}
