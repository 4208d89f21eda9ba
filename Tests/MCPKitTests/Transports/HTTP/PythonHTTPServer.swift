import FoundationEssentials
import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

/// A server of tools made with one of Python's SDKs: `Tests/Fixtures/mcp/http_server.py`.
struct PythonHTTPServer {
    /// The two lines of the SDK.
    enum SDK: String, CaseIterable, CustomTestStringConvertible {
        /// Both eras.
        case both = ".venv-mcp"
        /// The handshake era only.
        case handshake = ".venv-mcp1"

        var testDescription: String { self == .both ? "SDK 2" : "SDK 1" }

        var python: String { "\(PythonHTTPServer.root)/\(rawValue)/bin/python" }

        /// A program for the older line, with a tool that `mcp-server-time` has too, a question, progress and a template.
        static let ownServer = "\(PythonHTTPServer.root)/Tests/Fixtures/mcp/own_server.py"

        static let areThere = allCases.allSatisfy { FileManager.default.isExecutableFile(atPath: $0.python) }
    }

    /// What the server is to be like.
    enum Mode: String, CaseIterable {
        case json, events, stateless, resumable, older
    }

    static let root = #filePath.split(separator: "/").dropLast(5).reduce(into: "") { $0 += "/\($1)" }

    let child: ChildProcess
    let port: Int

    init(_ sdk: SDK, _ mode: Mode) async throws {
        child = try await ChildProcess(sdk.python, ["\(Self.root)/Tests/Fixtures/mcp/http_server.py", mode.rawValue])
        let line = try #require(try await child.line(beginningWith: ""), "the server ended: \(child.errorOutput)")
        port = try #require(Int(line))
    }

    /// A transport that talks to the server.
    func streamable(path: String = "/mcp") throws -> StreamableHTTPTransport {
        StreamableHTTPTransport(
            HTTPSender(
                to: try HTTPServerLocation(parsing: "http://127.0.0.1:\(port)\(path)"),
                over: HTTPSender.makeClient()
            )
        )
    }
}
