internal import CSodium
internal import TransportKit

/// How a master key is made from a passphrase: Argon2id, slow enough that guessing is not worth it.
struct PassphraseKey {
    var salt: [UInt8]
    var operations: Int64
    var memory: Int64

    /// What new stores use: about a second of one core and 256 MiB.
    static func fresh() -> PassphraseKey {
        PassphraseKey(
            salt: Seal.randomBytes(Int(crypto_pwhash_SALTBYTES)),
            operations: Int64(crypto_pwhash_OPSLIMIT_MODERATE),
            memory: Int64(crypto_pwhash_MEMLIMIT_MODERATE)
        )
    }

    /// The key that a passphrase makes.
    ///
    /// - Parameter passphrase: What the user typed.
    /// - Returns: The key.
    /// - Throws: `CredentialError`, if the memory for it is not there or the numbers make no sense.
    func key(from passphrase: Secret) throws(CredentialError) -> Secret {
        // The numbers come from the file: no reason to take all memory of the machine or the rest of the day.
        guard salt.count == Int(crypto_pwhash_SALTBYTES), (1...64).contains(operations),
            (8192...(4 << 30)).contains(memory)
        else {
            throw CredentialError(.damaged, "the credential store's settings for its passphrase make no sense")
        }
        return try Secret(count: Seal.keyLength) { (key: inout MutableSpan<UInt8>) throws(CredentialError) in
            let isDone = unsafe key.withUnsafeMutableBufferPointer { key in
                passphrase.withBytes { passphrase in
                    unsafe passphrase.withUnsafeBytes { passphrase in
                        guard let out = key.baseAddress,
                            let text = unsafe passphrase.baseAddress?.assumingMemoryBound(to: CChar.self)
                        else { return false }
                        return unsafe crypto_pwhash(
                            out,
                            UInt64(key.count),
                            text,
                            UInt64(passphrase.count),
                            salt,
                            UInt64(operations),
                            Int(memory),
                            crypto_pwhash_ALG_ARGON2ID13
                        ) == 0
                    }
                }
            }
            guard isDone else {
                throw CredentialError(
                    .inputOutput,
                    "\(memory >> 20) MiB of memory are needed to check the passphrase, and the system does not give them"
                )
            }
        }
    }
}
