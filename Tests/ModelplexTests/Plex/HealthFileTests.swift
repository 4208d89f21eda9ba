import Glibc
import ProviderKit
import RouterKit
import Testing
import TransportKit

@testable import Modelplex

@Suite("The file of who is to be left alone")
struct HealthFileTests {
    private let folder: TemporaryFolder
    private var path: String { "\(folder.path)/health.json" }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("what was written is read, and another reader may not read it")
    func there() throws {
        #expect(try HealthFile.read(path) == [])
        let records = [
            HealthRecord(Deployment("a", "m"), cooling: .seconds(600)),
            HealthRecord(Deployment("b", "m", credential: "k"), breaker: .halfOpen),
        ]
        try HealthFile.write(records, to: path)
        let read = try HealthFile.read(path)
        #expect(read.map(\.deployment) == records.map(\.deployment))
        let cooling = try #require(read.first?.cooling)
        #expect(cooling <= .seconds(600) && cooling > .seconds(500))
        #expect(read.last?.breaker == .halfOpen)
        var status = stat()
        #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("time that has passed counts, and a clock that was set back does not")
    func time() throws {
        for (saved, expected) in [(0.0, [Duration]()), (4e12, [.seconds(60)])] {
            let record = HealthRecord(Deployment("a", "m"), cooling: .seconds(60))
            let json: JSONValue = ["saved_at": .number(JSONNumber(saved)), "deployments": [record.json]]
            try folder.write(json.serializedString, to: "health.json")
            #expect(try HealthFile.read(path).map(\.cooling) == expected)
        }
    }

    @Test("what is no such file is told", arguments: ["", "[]", "{\"saved_at\": 1}", "{", "\u{0}"])
    func damaged(text: String) throws {
        try folder.write(text, to: "health.json")
        let error = #expect(throws: PlexError.self) { try HealthFile.read(path) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(path) == true)
    }

    @Test("a folder that is not there is told, and leaves nothing behind")
    func noFolder() {
        let error = #expect(throws: PlexError.self) { try HealthFile.write([], to: "/nowhere/health.json") }
        #expect(error?.message.contains("/nowhere/health.json") == true)
    }

    @Test("a client takes over what the file holds, also of models that nobody has asked for since")
    func client() async throws {
        try HealthFile.write([HealthRecord(Deployment("up", "m"), cooling: .seconds(600))], to: path)
        var configuration = PlexConfiguration(
            providers: [
                .init(name: "up", type: .openAI, baseURL: "http://127.0.0.1:9/v1", models: ["m"], allowsHTTP: true)
            ]
        )
        configuration.routing.stateFile = path
        let plex = try Plex(configuration: configuration, environment: [:])
        try plex.saveHealth()
        #expect(try HealthFile.read(path).map(\.deployment) == [Deployment("up", "m")])
        let error = await #expect(throws: PlexError.self) { try await plex.reply(to: "?", using: "up/m") }
        #expect(error?.attempts == [], "it is not asked")
        #expect(try await plex.router().reset() == 1)
    }
}
