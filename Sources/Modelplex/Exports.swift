// Who imports the façade needs its vocabulary too: requests, answers, events, tools, errors, and where a gateway listens.
@_exported public import GatewayKit
@_exported public import ProviderKit
