// Who imports the façade needs its vocabulary too: requests, answers, events, tools, errors, routes, where a gateway
// listens, and where keys are kept. Of TransportKit only what these are made of: names as Logger, EventLoopGroup and HTTPFields
// are also those of packages that servers import.
@_exported public import CredentialKit
@_exported public import GatewayKit
@_exported public import MCPKit
@_exported public import ProviderKit
@_exported public import RouterKit

@_exported public import struct TransportKit.CredentialError
@_exported public import protocol TransportKit.CredentialSource
@_exported public import struct TransportKit.Endpoint
@_exported public import class TransportKit.HTTPClient
@_exported public import protocol TransportKit.HTTPTransport
@_exported public import struct TransportKit.JSONError
@_exported public import struct TransportKit.JSONNumber
@_exported public import struct TransportKit.JSONObject
@_exported public import enum TransportKit.JSONValue
@_exported public import struct TransportKit.Secret
@_exported public import struct TransportKit.StaticCredential
@_exported public import struct TransportKit.Timeouts
@_exported public import struct TransportKit.TransportError
