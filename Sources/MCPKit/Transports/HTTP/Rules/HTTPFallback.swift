/// When a refusal means that the server speaks an older revision, over HTTP.
///
/// The order is: a request of the stateless era; `initialize` posted; the event stream of 2024-11-05. A refusal in the words
/// of JSON-RPC comes as a message and is judged by its code; these are the rules for all others.
package enum HTTPFallback {
    /// Whether a server that refused a request of the stateless era may still know `initialize`.
    ///
    /// It may, unless the refusal is about who asks or how often: then `initialize` would be refused in the same way.
    ///
    /// - Parameter status: The status of the refusal.
    /// - Returns: Whether to try.
    package static func allowsInitialize(afterStatus status: Int) -> Bool {
        switch status {
        case 401, 403, 407, 429: false
        default: status >= 400
        }
    }

    /// Whether a server that refused `initialize` may still have the event stream of 2024-11-05.
    ///
    /// - Parameter status: The status of the refusal.
    /// - Returns: Whether to try.
    package static func allowsEventStream(afterStatus status: Int) -> Bool {
        [400, 404, 405].contains(status)
    }
}
