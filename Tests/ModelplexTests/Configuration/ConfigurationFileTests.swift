import GatewayKit
import Glibc
import ProviderKit
import Testing
import TransportKit

@testable import Modelplex

@Suite("The files of a configuration")
struct ConfigurationFileTests {
    @Test("Places are tried in the order of the documentation")
    func order() throws {
        let folder = try TemporaryFolder()
        let asked = try folder.write("", to: "asked.toml")
        let variable = try folder.write("", to: "variable.toml")
        let environment = ["PLEX_CONFIG": variable, "XDG_CONFIG_HOME": "/xdg", "HOME": "/home/x"]
        func locate(_ explicit: String?, _ environment: [String: String]) throws -> String? {
            try ConfigurationFile.locate(explicit: explicit, environment: environment, workingDirectory: folder.path)
        }
        #expect(try locate("asked.toml", environment) == asked)
        #expect(try locate(nil, environment) == variable)
        #expect(try locate(nil, ["PLEX_CONFIG": "", "HOME": "/nowhere"]) == nil)
        let local = try folder.write("", to: "config.toml")
        #expect(try locate(nil, ["HOME": "/nowhere"]) == local)
        let xdg = ConfigurationFile.candidates(environment: environment, workingDirectory: "/w")
        #expect(xdg == ["/w/config.toml", "/xdg/modelplex/config.toml"])
        let home = ConfigurationFile.candidates(
            environment: ["HOME": "/h", "XDG_CONFIG_HOME": "x"],
            workingDirectory: "."
        )
        #expect(home == ["config.toml", "/h/.config/modelplex/config.toml"])
    }

    @Test("A file that was asked for must be there")
    func missing() throws {
        for (explicit, environment) in [("/nowhere/a.toml", [:]), (nil, ["PLEX_CONFIG": "/nowhere/a.toml"])]
            as [(String?, [String: String])]
        {
            let error = #expect(throws: PlexError.self) {
                try ConfigurationFile.locate(explicit: explicit, environment: environment)
            }
            #expect(error?.code == .notFound)
        }
        let error = #expect(throws: PlexError.self) {
            try PlexConfiguration.load(path: "/nowhere/a.toml", environment: [:])
        }
        #expect(error?.code == .notFound)
        #expect(error?.message == "there is no configuration file /nowhere/a.toml")
    }

    @Test("What cannot be read as a file says why")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        let odd = try folder.write("", to: "x.ini")
        let error = #expect(throws: PlexError.self) { try ConfigurationDocument(path: odd) }
        #expect(error?.message == "\(odd): the suffix names no format; use .toml, .yaml, .yml or .json")
        // That a file is missing counts for more than what it is called.
        let missing = #expect(throws: PlexError.self) { try ConfigurationDocument(path: "/nowhere/x.ini") }
        #expect(missing?.code == .notFound)
        let directory = folder.path + "/d.toml"
        let status = unsafe mkdir(directory, 0o700)
        try #require(status == 0)
        defer { unsafe _ = rmdir(directory) }
        let second = #expect(throws: PlexError.self) { try ConfigurationDocument(path: directory) }
        #expect(second?.code == .configuration)
        #expect((second?.underlyingError as? ConfigurationError)?.isUnread == true)
        #expect(second?.message == "\(directory): cannot be read: is a directory; name the file in it")
    }

    @Test(
        "Addresses to listen at",
        arguments: [
            ("unix:a.sock", ListenAddress.unix(path: "a.sock", mode: 0o600, group: nil, role: .host)),
            ("unix:/a?mode=0660&role=guest", .unix(path: "/a", mode: 0o660, group: nil, role: .guest)),
            ("tcp:[::1]:0", .tcp(host: "::1", port: 0, role: .host)),
            ("tcp:localhost:80?role=guest", .tcp(host: "localhost", port: 80, role: .guest)),
            ("systemd", .systemd(role: .host)),
        ]
    )
    func listen(text: String, expected: ListenAddress) throws {
        let address = try ListenAddress(parsing: text)
        #expect(address == expected)
        #expect(address.description == text)
    }

    @Test(
        "What is no address to listen at",
        arguments: [
            "", "unix:", "tcp:80", "tcp::80", "tcp:a:99999", "tcp:::1:80", "unix:a?mode=9", "unix:a?x=1", "http://a",
            "tcp:a:1?mode=0600", "unix:a?role=root",
        ]
    )
    func wrongListen(text: String) {
        #expect(throws: ListenAddress.InvalidAddress.self) { try ListenAddress(parsing: text) }
    }
}

@Suite("The configuration's documentation")
struct ConfigurationDocumentationTests {
    @Test("The schema is that of the key table")
    func schema() throws {
        try Fixtures.expectSnapshot(
            ConfigurationKey.schema.prettyPrinted() + "\n",
            at: Fixtures.repository + "/docs/config.schema.json"
        )
    }

    @Test("The tables are those of the key table")
    func tables() throws {
        let path = Fixtures.repository + "/docs/configuration.md"
        let text = String(decoding: try Fixtures.read(path), as: UTF8.self)
        let marker = "<!-- keys -->\n"
        let before = try #require(text.firstRange(of: marker))
        try Fixtures.expectSnapshot(text[..<before.upperBound] + "\n" + ConfigurationKey.documentationTables, at: path)
    }

    @Test("The JSON example is the TOML one")
    func jsonExample() throws {
        let text = try ConfigurationDocument(path: ConfigurationLoadingTests.examples + "toml").text(as: .json)
        try Fixtures.expectSnapshot(text, at: ConfigurationLoadingTests.examples + "json")
    }

    @Test("A key is found by its path, lists with or without their numbers")
    func lookup() {
        #expect(ConfigurationKey.key(at: "providers[2].base_url")?.name == "base_url")
        #expect(ConfigurationKey.key(at: "routing.retry.max")?.defaultValue == "20s")
        #expect(ConfigurationKey.key(at: "routes.targets.weight")?.defaultValue == 1)
        #expect(ConfigurationKey.key(at: "routing.nothing") == nil)
    }
}
