internal import CSodium
internal import TransportKit

/// Authenticated encryption of one secret: XChaCha20-Poly1305 with a fresh random nonce each time.
struct Seal {
    static let keyLength = 32
    private static let nonceLength = 24
    private static let tagLength = 16

    /// Makes the library ready; cheap when it is.
    ///
    /// - Throws: `CredentialError`, if the system has no randomness to give.
    static func prepare() throws(CredentialError) {
        guard sodium_init() >= 0 else {
            throw CredentialError(.inputOutput, "the system gives no random numbers, so nothing can be encrypted")
        }
    }

    /// A key that nobody knows.
    static func makeKey() -> Secret {
        Secret(count: keyLength) { bytes in
            unsafe bytes.withUnsafeMutableBytes { buffer in
                if let start = buffer.baseAddress { unsafe randombytes_buf(start, buffer.count) }
            }
        }
    }

    /// Random bytes that are no secret.
    static func randomBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        unsafe randombytes_buf(&bytes, count)
        return bytes
    }

    /// Encrypts a secret.
    ///
    /// - Parameters:
    ///   - secret: What is encrypted.
    ///   - key: The key, of `keyLength` bytes.
    ///   - context: What has to be the same when it is opened.
    /// - Returns: The nonce, and behind it the encrypted secret with its mark of authenticity.
    static func seal(_ secret: Secret, key: Secret, context: [UInt8]) -> [UInt8] {
        var sealed = randomBytes(nonceLength)
        let nonce = sealed
        sealed += [UInt8](repeating: 0, count: secret.withBytes { $0.count } + tagLength)
        secret.withBytes { plain in
            key.withBytes { key in
                unsafe plain.withUnsafeBufferPointer { plain in
                    unsafe key.withUnsafeBufferPointer { key in
                        unsafe sealed.withUnsafeMutableBufferPointer { sealed in
                            guard let out = sealed.baseAddress, let key = key.baseAddress else { return }
                            _ = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                                out + nonceLength,
                                nil,
                                plain.baseAddress,
                                UInt64(plain.count),
                                context,
                                UInt64(context.count),
                                nil,
                                nonce,
                                key
                            )
                        }
                    }
                }
            }
        }
        return sealed
    }

    /// Decrypts a secret.
    ///
    /// - Parameters:
    ///   - sealed: What `seal` made.
    ///   - key: The key.
    ///   - context: What was given when it was sealed.
    /// - Returns: The secret, or `nil` if the key or the context is another, or a bit was changed.
    static func open(_ sealed: [UInt8], key: Secret, context: [UInt8]) -> Secret? {
        guard sealed.count >= nonceLength + tagLength, key.withBytes({ $0.count }) == keyLength else { return nil }
        var isGenuine = false
        let secret = Secret(count: sealed.count - nonceLength - tagLength) { plain in
            key.withBytes { key in
                unsafe plain.withUnsafeMutableBufferPointer { plain in
                    unsafe key.withUnsafeBufferPointer { key in
                        unsafe sealed.withUnsafeBufferPointer { sealed in
                            guard let from = sealed.baseAddress, let key = key.baseAddress else { return }
                            isGenuine =
                                unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                                    plain.baseAddress,
                                    nil,
                                    nil,
                                    from + nonceLength,
                                    UInt64(sealed.count - nonceLength),
                                    context,
                                    UInt64(context.count),
                                    from,
                                    key
                                ) == 0
                        }
                    }
                }
            }
        }
        return isGenuine ? secret : nil
    }

    /// A short mark of a key by which it is recognised and from which it cannot be found.
    static func fingerprint(of key: Secret) -> [UInt8] {
        let label = Array("modelplex master key".utf8)
        var mark = [UInt8](repeating: 0, count: 16)
        key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { key in
                _ = unsafe crypto_generichash(&mark, 16, label, UInt64(label.count), key.baseAddress, key.count)
            }
        }
        return mark
    }
}
