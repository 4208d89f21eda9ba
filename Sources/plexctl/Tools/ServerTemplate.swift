/// A small MCP server to begin with.
enum ServerTemplate: String, CaseIterable {
    case python
    case swift

    /// A file of the project.
    struct File: Sendable, Hashable {
        /// Where it is, from the project's folder.
        var path: String
        var text: String
        var isProgram = false
    }

    /// Whether a text can name the project, its folder, and the server in a configuration.
    static func isName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, (1...32).contains(text.utf8.count), !text.contains("__") else {
            return false
        }
        func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar.isASCII && scalar.properties.isAlphabetic }
        return isLetter(first)
            && text.unicodeScalars.allSatisfy { isLetter($0) || ("0"..."9").contains($0) || $0 == "-" || $0 == "_" }
    }

    /// The project's files.
    func files(_ name: String) -> [File] {
        switch self {
        case .python:
            [
                File(path: "server.py", text: Self.pythonServer(name), isProgram: true),
                File(path: "requirements.txt", text: "mcp>=1.9\n"),
                File(path: "README.md", text: readme(name)), File(path: ".gitignore", text: ".venv/\n__pycache__/\n"),
            ]
        case .swift:
            [
                File(path: "Package.swift", text: Self.swiftPackage(name)),
                File(path: "Sources/\(name)/Server.swift", text: Self.swiftServer(name)),
                File(path: "README.md", text: readme(name)), File(path: ".gitignore", text: ".build/\n"),
            ]
        }
    }

    /// What to do before it can be started.
    func steps(_ name: String) -> [String] {
        switch self {
        case .python:
            ["(cd \(name) && python3 -m venv .venv && .venv/bin/pip install -r requirements.txt)"]
        case .swift: ["(cd \(name) && swift build -c release)"]
        }
    }

    /// What a configuration says of it.
    func configuration(_ name: String, folder: String) -> String {
        let quoted = folder.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let (command, arguments) =
            switch self {
            case .python: ("\(quoted)/.venv/bin/python", "args = [\"\(quoted)/server.py\"]\n")
            case .swift: ("\(quoted)/.build/release/\(name)", "")
            }
        return """
            [[mcp.servers]]
            name = "\(name)"
            command = "\(command)"
            \(arguments)
            """
    }

    private func readme(_ name: String) -> String {
        """
        # \(name)

        A small MCP server.

        ```sh
        \(steps(name).joined(separator: "\n"))
        ```

        With this in the configuration of Modelplex, `plexctl mcp check \(name)` says whether it works, and
        `plexctl mcp call \(name) greet '{"name": "Ada"}'` calls it; use the folder in which it is:

        ```toml
        \(configuration(name, folder: "/path/to/\(name)").dropLast())
        ```

        """
    }

    private static func pythonServer(_ name: String) -> String {
        """
        #!/usr/bin/env python3
        \"""The MCP server \(name); it speaks over standard input and output.\"""

        try:
            from mcp.server.mcpserver import MCPServer as Server  # mcp 2
        except ImportError:
            from mcp.server.fastmcp import FastMCP as Server  # mcp 1

        server = Server("\(name)")


        @server.tool()
        def greet(name: str) -> str:
            \"""Greet somebody by name.\"""
            return f"Hello, {name}!"


        @server.resource("about://\(name)")
        def about() -> str:
            \"""What this server is.\"""
            return "An MCP server to begin with."


        if __name__ == "__main__":
            server.run()

        """
    }

    private static func swiftServer(_ name: String) -> String {
        """
        import MCPKit
        import ProviderKit

        /// The MCP server \(name); it speaks over standard input and output.
        @main
        struct Server {
            struct Greeting: Decodable, Sendable {
                var name: String
            }

            static func main() async throws {
                let server = MCPServer("\(name)", version: "0.1.0") {
                    Tool("greet", "Greet somebody by name.") { (greeting: Greeting) in
                        "Hello, \\(greeting.name)!"
                    }
                }
                try await server.run()
            }
        }

        """
    }

    private static func swiftPackage(_ name: String) -> String {
        """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
            name: "\(name)",
            platforms: [.macOS(.v15)],
            dependencies: [.package(url: "https://github.com/modelplex/modelplex-swift", from: "0.1.0")],
            targets: [
                .executableTarget(
                    name: "\(name)",
                    dependencies: [
                        .product(name: "MCPKit", package: "modelplex-swift"),
                        .product(name: "ProviderKit", package: "modelplex-swift"),
                    ]
                )
            ],
            swiftLanguageModes: [.v6]
        )

        """
    }
}
