/// The system's source of chance, with a size.
///
/// `SystemRandomNumberGenerator` has none, and so no address of its own when it is handed on; thread sanitizer looks at whatever stands there
/// and may end the process.
struct SystemRandomness: RandomNumberGenerator {
    private var source = SystemRandomNumberGenerator()
    private var size: UInt8 = 0

    mutating func next() -> UInt64 { source.next() }
}
