// Who imports the façade needs its vocabulary too: requests, answers, events, tools, errors, routes, where a gateway
// listens, and where keys are kept.
@_exported public import CredentialKit
@_exported public import GatewayKit
@_exported public import MCPKit
@_exported public import ProviderKit
@_exported public import RouterKit
