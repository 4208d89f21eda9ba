/// What a sealed secret belongs to, as bytes that mean one thing only: each part stands behind its length.
struct SealContext {
    private(set) var bytes: [UInt8] = []

    /// Begins with what kind of secret it is.
    init(_ label: String) {
        add(label)
    }

    /// Adds a text.
    mutating func add(_ text: String) {
        add(Array(text.utf8))
    }

    /// Adds a number.
    mutating func add(_ number: Int64) {
        add((0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }

    /// Adds bytes.
    mutating func add(_ part: [UInt8]) {
        for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: part.count >> (shift * 8))) }
        bytes += part
    }
}

extension CredentialName {
    /// What a sealed value of this name belongs to: in another row, or as another version of this one, it does not open.
    func sealContext(kind: CredentialKind, version: Int64) -> [UInt8] {
        var context = SealContext("modelplex credential 1")
        context.add(provider)
        context.add(account)
        context.add(kind.rawValue)
        context.add(version)
        return context.bytes
    }
}
