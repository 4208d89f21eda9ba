internal import CZlib

/// Unpacks a body that is compressed as `gzip` or `deflate`, piece by piece.
// `@safe`: both buffers are made here, freed in `deinit` and reached by `inflate` only.
@safe final class Inflater {
    private static let pieceSize = 16 * 1024

    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer
    private let isGzip: Bool
    private var hasBegun = false
    /// Whether the compressed data has come to its end.
    private(set) var isComplete = false

    /// Begins, if the encoding is one of those that were asked for.
    ///
    /// - Parameter encoding: The value of `Content-Encoding`.
    init?(encoding: String) {
        switch encoding.lowercased() {
        case "gzip", "x-gzip": isGzip = true
        case "deflate": isGzip = false
        default: return nil
        }
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe output = .allocate(byteCount: Self.pieceSize, alignment: 16)
    }

    deinit {
        if hasBegun { unsafe inflateEnd(stream) }
        unsafe stream.deallocate()
        unsafe output.deallocate()
    }

    /// Unpacks bytes.
    ///
    /// - Parameters:
    ///   - bytes: What came; not empty.
    ///   - take: Takes what is in them; `false` to stop.
    /// - Returns: Whether the bytes are as they should be; `true` if `take` has stopped it.
    func inflate(_ bytes: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        guard let first = unsafe bytes.first, begin(first) else { return false }
        // What follows the end is ignored, as elsewhere.
        guard !isComplete else { return true }
        unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        )
        unsafe stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
            unsafe stream.pointee.next_out = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.pointee.avail_out = UInt32(output.count)
            let code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { return false }
            isComplete = code == Z_STREAM_END
            let count = unsafe output.count - Int(stream.pointee.avail_out)
            if count > 0, unsafe !take(UnsafeRawBufferPointer(rebasing: output[..<count])) { return true }
        } while unsafe !isComplete && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
        return true
    }

    private func begin(_ first: UInt8) -> Bool {
        guard !hasBegun else { return true }
        // By its name `deflate` has zlib's frame; some servers leave it away. The first byte tells.
        let hasFrame = first & 0x0F == 8 && first >> 4 <= 7
        let window: Int32 = isGzip ? 15 + 16 : hasFrame ? 15 : -15
        hasBegun = unsafe plex_inflate_init(stream, window) == Z_OK
        return hasBegun
    }
}
