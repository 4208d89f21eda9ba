import GatewayKit
import Testing

@Suite("Listening/ListenAddress")
struct ListenAddressTests {
    @Test("A group is read and written")
    func group() throws {
        let address = try ListenAddress(parsing: "unix:/run/plex.sock?mode=0660&group=models&role=guest")
        #expect(address == .unix(path: "/run/plex.sock", mode: 0o660, group: "models", role: .guest))
        #expect(address.description == "unix:/run/plex.sock?mode=0660&group=models&role=guest")
    }
}
