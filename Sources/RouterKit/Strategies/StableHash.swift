/// Hashes that are the same in every process, for choices that have to stay the same.
enum StableHash {
    /// The hash of a text: FNV-1a, mixed so that similar texts end far apart.
    static func hash(_ text: String) -> UInt64 { hash(text.utf8) }

    /// The hash of bytes.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return mix(hash)
    }

    /// Spreads a number evenly.
    static func mix(_ value: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: value)
        return generator.next()
    }

    /// A number between 0 and 1, neither of them included.
    static func fraction(_ value: UInt64) -> Double {
        (Double(value >> 11) + 0.5) * 0x1p-53
    }

    /// The rank of one among several by weighted rendezvous: the lowest wins, and each wins as often as its weight says.
    static func rendezvous(_ affinity: UInt64, _ identity: UInt64, weight: Double) -> Double {
        wait(mix(affinity ^ identity), weight: weight)
    }

    /// A wait for what happens by chance, `weight` times on average in a unit of time.
    static func wait(_ chance: UInt64, weight: Double) -> Double { -logarithm(fraction(chance)) / weight }
}
