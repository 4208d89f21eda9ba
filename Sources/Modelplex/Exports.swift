// Who imports the façade needs its vocabulary too: requests, answers, events, tools, errors, routes, and where a gateway
// listens.
@_exported public import GatewayKit
@_exported public import ProviderKit
@_exported public import RouterKit
