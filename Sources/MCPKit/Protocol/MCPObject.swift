public import TransportKit

/// Something that a server says of itself or gives back: a JSON object, kept as it came.
///
/// Its properties are read out of that object when they are asked for. A field of the wrong type counts as absent, so one odd
/// field never costs the rest, and fields of a later revision are there to be handed on.
public protocol MCPObject: Sendable, Hashable, CustomStringConvertible {
    /// The object as it came.
    var json: JSONObject { get }

    /// Adopts an object; `nil` if it lacks what it cannot be without, as a tool its name.
    ///
    /// - Parameter json: The object as it came.
    init?(json: JSONObject)
}

extension MCPObject {
    /// Adopts a value; `nil` if it is no object, or lacks what it cannot be without.
    ///
    /// - Parameter value: The value as it came.
    public init?(_ value: JSONValue) {
        guard let object = value.object else { return nil }
        self.init(json: object)
    }

    /// What the peer says beside the protocol, by reserved and vendors' names; nothing may be assumed of it.
    public var metadata: JSONObject { json["_meta"]?.object ?? [:] }

    /// The type's name and no content, as that may be confidential.
    public var description: String { "\(Self.self)" }
}

extension JSONObject {
    func string(_ name: String) -> String? { self[name]?.string }

    func objects<T: MCPObject>(_ name: String) -> [T] {
        self[name]?.array?.compactMap { T($0) } ?? []
    }
}
