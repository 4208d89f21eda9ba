import FoundationEssentials
import Glibc
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Master keys")
struct MasterKeyTests {
    static let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"
    static let other = "//////////////////////////////////////////8="

    @Test("keys are read in all forms", arguments: [base64, hex, "# a comment\n\(base64)\n", " \(hex) , \(other)"])
    func forms(text: String) throws {
        let keys = try MasterKey.parse(Secret(text), origin: "the test")
        #expect(keys[0].secret == Secret(bytes: Array(0..<32)))
        let raw = (0..<32).map { UInt8(255 - $0) }
        #expect(try MasterKey.parse(Secret(bytes: raw), origin: "the test")[0].secret == Secret(bytes: raw))
    }

    @Test(
        "what is no key is refused",
        arguments: ["", "#", "short", base64 + "A", hex + "00", String(repeating: "a", count: 32)]
    )
    func refused(text: String) {
        #expect(credentialError { try MasterKey.parse(Secret(text), origin: "the test") }?.code == .noMasterKey)
    }

    @Test("the order is systemd, key file, variable")
    func order() throws {
        let test = try TestStore()
        unsafe mkdir(test.folder + "/config", 0o700)
        let variable = ["PLEX_MASTER_KEY": Self.base64]
        let systemd = ["CREDENTIALS_DIRECTORY": test.folder + "/config", "PLEX_MASTER_KEY": Self.base64]
        try test.open(environment: variable).write("x", as: "a")
        #expect(test.open(environment: variable).status().origin == .environment)
        #expect(!FileManager.default.fileExists(atPath: test.location.keyFile))
        try test.write(Array(Self.other.utf8), to: test.folder + "/config/modelplex.key")
        // What it was locked with opens it, whatever else there is.
        #expect(try test.open(environment: systemd).text("a") == "x")
        _ = try test.open(environment: systemd).rekey(to: .systemd)
        #expect(test.open(environment: systemd).status().origin == .systemd)
        #expect(credentialError { try test.open(environment: variable).text("a") }?.code == .wrongMasterKey)
        _ = try test.open(environment: systemd).rekey(to: .keyFile)
        #expect(test.mode(test.location.keyFile) == 0o600)
        #expect(try test.open().text("a") == "x")
        _ = try test.open(environment: variable).rekey(to: .environment)
        #expect(credentialError { try test.open().text("a") }?.code == .wrongMasterKey)
    }

    @Test("a passphrase opens what it locked, and no other does")
    func passphrase() throws {
        let test = try TestStore()
        try test.open().write("x", as: "a")
        _ = try test.open().rekey(to: .passphrase(Secret("correct horse")))
        #expect(try test.open(passphrase: "correct horse").text("a") == "x")
        #expect(try test.open(environment: ["PLEX_PASSPHRASE": "correct horse"]).text("a") == "x")
        #expect(credentialError { try test.open(passphrase: "battery").text("a") }?.code == .wrongMasterKey)
        #expect(credentialError { try test.open().text("a") }?.code == .noMasterKey)
        _ = try test.open(passphrase: "correct horse").rekey(to: .same)
        #expect(try test.open(passphrase: "correct horse").text("a") == "x")
        // Names are no secret: a list needs no key.
        #expect(try test.open().list().count == 1)
    }

    @Test("the usual settings of passphrases are Argon2id's moderate ones")
    func passphraseCost() {
        let settings = PassphraseKey.fresh()
        #expect(settings.memory == 256 << 20)
        #expect(settings.operations == 3)
        #expect(settings.salt != PassphraseKey.fresh().salt)
    }

    @Test("each rekeying makes another key file with one key, and old ones open nothing")
    func rekeying() throws {
        let test = try TestStore()
        try test.open().write("x", as: "a")
        let old = test.bytes(test.location.keyFile)
        #expect(try test.open().rekey(to: .same).count == 1)
        #expect(try MasterKey.parse(Secret(bytes: test.bytes(test.location.keyFile)), origin: "").count == 1)
        try test.write(old, to: test.location.keyFile)
        #expect(credentialError { try test.open().text("a") }?.code == .wrongMasterKey)
    }

    @Test("a rekeying that fails leaves a store that opens")
    func failedRekeying() throws {
        let test = try TestStore()
        try test.open().write("x", as: "a")
        try test.open().write("y", as: "b")
        try test.database().execute("UPDATE credentials SET version = 7 WHERE provider = 'b'")
        #expect(credentialError { try test.open().rekey(to: .same) }?.code == .damaged)
        #expect(try test.open().text("a") == "x")
        _ = try test.open().remove(CredentialName("b"))
        #expect(try test.open().rekey(to: .same).count == 1)
        #expect(try test.open().text("a") == "x")
    }
}
