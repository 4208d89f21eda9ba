import FoundationEssentials
import GatewayKit
import MCPKit
import Testing
import TransportKit

@testable import Modelplex

@Suite("A gateway's MCP servers", .timeLimit(.minutes(5)))
struct ToolGatewayTests {
    private let folder = Folder()

    @Test("Servers that are added at once are all used, whichever look at them ends first")
    func addedAtOnce() async throws {
        let gateway = try ToolGateway(
            PlexConfiguration.MCP(),
            environment: ["HOME": folder.path, "PATH": "/usr/bin:/bin"]
        )
        for round in 0..<20 {
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let name = "s\(round)-\(number)"
                        _ = try? await gateway.directory.add(name, ["command": "/bin/cat"], isEnabled: true)
                        await gateway.refresh()
                    }
                }
            }
            #expect(gateway.known.names.count == (round + 1) * 8)
            #expect(await gateway.proxy.status().servers.count == (round + 1) * 8)
        }
        await gateway.close()
    }
}
