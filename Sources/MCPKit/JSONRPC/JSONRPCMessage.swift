public import TransportKit

/// One message of JSON-RPC 2.0.
///
/// Parameters and results are kept as they came, unknown members included, so that what is handed on is handed on whole.
public enum JSONRPCMessage: Sendable, Hashable {
    /// A call that wants an answer.
    case request(id: JSONRPCID, method: String, params: JSONValue?)
    /// A call that wants none.
    case notification(method: String, params: JSONValue?)
    /// The answer to a request that succeeded.
    case response(id: JSONRPCID, result: JSONValue)
    /// The answer to a request that failed; without an id if the peer could not read one.
    case failure(id: JSONRPCID?, JSONRPCFailure)
}
