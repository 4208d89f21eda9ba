import Testing
import TransportKit

@testable import MCPKit

@Suite("Access to servers behind a pass-through", .timeLimit(.minutes(5)))
struct MCPAccessPolicyTests {
    private static let host = MCPServedClient.Caller(name: "ada", listener: "tcp:127.0.0.1:80")
    private static let guest = MCPServedClient.Caller(listener: "unix:/run/guest", isGuest: true)

    struct Case: Sendable, CustomTestStringConvertible {
        var rules: [MCPAccessPolicy.Rule]
        var name: String
        var host: Bool
        var guest: Bool
        var testDescription: String { name }
    }

    @Test(
        "All rules that speak of a caller and a server must let a thing pass",
        arguments: [
            Case(rules: [], name: "fs__read", host: true, guest: true),
            Case(rules: [.init(deny: ["*__read"])], name: "fs__read", host: false, guest: false),
            Case(rules: [.init(guests: true, allow: ["time__*"])], name: "fs__read", host: true, guest: false),
            Case(rules: [.init(guests: true, allow: ["fs__r?ad"])], name: "fs__read", host: true, guest: true),
            Case(rules: [.init(listeners: ["unix:*"], deny: ["*"])], name: "fs__read", host: true, guest: false),
            Case(rules: [.init(keys: ["ad?"], deny: ["*"])], name: "fs__read", host: false, guest: true),
            Case(rules: [.init(keys: ["*"], deny: ["*"])], name: "fs__read", host: false, guest: false),
            Case(rules: [.init(servers: ["web"], deny: ["*"])], name: "fs__read", host: true, guest: true),
            Case(
                rules: [.init(allow: ["fs__*"]), .init(guests: true, allow: ["*__list"])],
                name: "fs__read",
                host: true,
                guest: false
            ),
            Case(rules: [.init(allow: ["fs__*"], deny: ["fs__read"])], name: "fs__read", host: false, guest: false),
            Case(rules: [.init(allow: [])], name: "fs__read", host: false, guest: false),
        ]
    )
    func rules(_ row: Case) {
        let policy = MCPAccessPolicy(row.rules)
        let item = MCPAccessPolicy.Item(server: "fs", name: row.name, original: "read")
        #expect(policy.allows(item, to: Self.host) == row.host)
        #expect(policy.allows(item, to: Self.guest) == row.guest)
    }

    @Test("A tool whose name had to be changed is denied by the server's own name too")
    func changedNames() {
        let item = MCPAccessPolicy.Item(server: "fs", name: "fs__rm_all_12345678", original: "rm.all")
        #expect(!MCPAccessPolicy([.init(deny: ["fs__rm.all"])]).allows(item, to: Self.host))
    }

    @Test(
        "Patterns fit as they are written, in bounded time",
        arguments: [
            ("abc", "abc", true), ("abc", "a*c", true), ("abc", "a*", true), ("abc", "*c", true), ("abc", "a?c", true),
            ("abc", "ab", false), ("", "*", true), ("", "?", false), ("a*c", "a*c", true), ("abcabc", "*abc", true),
            ("ab", "a**b", true),
            (String(repeating: "a", count: 2000), String(repeating: "a*", count: 500) + "b", false),
        ]
    )
    func patterns(text: String, pattern: String, fits: Bool) {
        #expect(NamePattern.fits(text, pattern) == fits)
    }

    @Test(
        "A server is shown to those for whom something of it may pass",
        arguments: [
            (nil, [], true), (["fs__*"], [], true), (["fs__read"], [], true), (["f*"], [], true),
            (["*__read"], [], true),
            (["f?__read"], [], true), (["git__*"], [], false), (["fs_"], [], false), ([], [], false),
            (nil, ["*"], false), (nil, ["fs__*"], false), (nil, ["f*"], false), (nil, ["fs__write"], true),
            (nil, ["*__write*"], true), (["fs__*"], ["git__*"], true),
        ] as [([String]?, [String], Bool)]
    )
    func revealed(allow: [String]?, deny: [String], isShown: Bool) {
        let policy = MCPAccessPolicy([.init(guests: true, allow: allow, deny: deny)])
        #expect(policy.reveals("fs", beginning: "fs__", to: Self.guest) == isShown)
        #expect(policy.reveals("fs", beginning: "fs__", to: Self.host))
    }

    @Test("What is denied is not listed, and is answered like what is not there", arguments: ProxyRig.Era.allCases)
    func hidden(era: ProxyRig.Era) async throws {
        let offer = Offer(
            tools: [["name": "read"], ["name": "write"]],
            prompts: [["name": "write"]],
            resources: [["uri": "file:///open"], ["uri": "file:///secret/a"]]
        )
        let policy = MCPAccessPolicy([.init(listeners: ["memory"], deny: ["fs__write", "fs+file:///secret/*"])])
        let rig = try ProxyRig(["fs": ScriptedService(offer)], era: era, options: .init(access: policy))
        let client = try await rig.client(era)
        #expect(try await client.tools().map(\.name) == ["fs__read"])
        #expect(try await client.prompts().isEmpty)
        #expect(try await client.resources().map(\.uri) == ["fs+file:///open"])
        func failure(_ body: () async throws -> some Any) async -> JSONRPCFailure? {
            do {
                _ = try await body()
                return nil
            } catch {
                return (error as? MCPError)?.failure
            }
        }
        for name in ["write", "fs__write"] {
            let denied = await failure { try await client.callTool(name, arguments: [:]) }
            let missing = await failure { try await client.callTool("fs__nothing", arguments: [:]) }
            #expect(denied?.code == .invalidParams && denied?.code == missing?.code && denied?.data == missing?.data)
        }
        #expect(await failure { try await client.prompt("fs__write") } != nil)
        #expect(await failure { try await client.request("resources/read", ["uri": "FS+file:///secret/a"]) } != nil)
        await #expect(throws: MCPError.self) {
            try await rig.proxy.call("write", of: "fs", arguments: [:], for: ProxyRig.caller)
        }
        #expect(
            await rig.proxy.tools(for: .init(listener: "elsewhere")).tools.map(\.name) == ["fs__read", "fs__write"]
        )
        rig.proxy.setAccess(MCPAccessPolicy())
        #expect(try await client.callTool("fs__write", arguments: [:]).isError == false)
        await rig.end()
    }
}
