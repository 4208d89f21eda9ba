internal import ProviderKit
internal import TransportKit

/// The header fields by which an answer tells its way.
struct AnswerFields {
    var provider: ProviderID?
    var model: ModelID?
    var attempts: Int?
    var dropped: [String] = []
    var overhead: Duration?

    func add(to fields: inout HTTPFields) {
        // These, the request's name, and what a stream has more.
        fields.reserveCapacity(8)
        if let provider { fields.append("x-plex-provider", Self.legal(provider.rawValue)) }
        if let model { fields.append("x-plex-model", Self.legal(model.rawValue)) }
        if let attempts { fields.append("x-plex-attempts", String(attempts)) }
        if !dropped.isEmpty { fields.append("x-plex-dropped", Self.legal(dropped.joined(separator: ", "))) }
        if let overhead { fields.append("x-plex-overhead-us", String(overhead.microseconds)) }
    }

    /// A value that can stand in a header: model names come from anywhere, and a line end would begin a field of their own.
    private static func legal(_ text: String) -> String {
        var text = text
        let isLegal = text.withUTF8 { unsafe $0.allSatisfy { (0x20...0x7E).contains($0) } }
        return isLegal ? text : text.percentEncoded
    }
}

extension Duration {
    /// Whole microseconds, rounded down.
    var microseconds: Int {
        Int(wholeNanoseconds / 1000)
    }
}
