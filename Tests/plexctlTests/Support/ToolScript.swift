/// A server of the handshake era, as a program of a few lines that does what a test wants of it.
struct ToolScript {
    /// What of the configuration names it.
    let configuration: String

    /// Writes the program.
    ///
    /// - Parameters:
    ///   - name: The server's name.
    ///   - scratch: Where it is kept.
    ///   - setUp: Python that is run at its start.
    ///   - tools: The list of its tools, as Python.
    ///   - call: Python that makes a `result` or an `error` of the call `tool`; it may do other things before.
    ///   - atEnd: Python that is run when its input has ended.
    ///   - further: Further lines of its configuration.
    /// - Throws: An error, if it cannot be written.
    init(
        _ name: String,
        in scratch: Scratch,
        setUp: String = "pass",
        tools: String = #"[{"name": "echo", "inputSchema": {"type": "object"}}]"#,
        call: String = #"result = {"content": [{"type": "text", "text": tool}]}"#,
        atEnd: String = "pass",
        further: String = ""
    ) throws {
        func indented(_ text: String, by depth: Int) -> String {
            let space = String(repeating: " ", count: depth)
            return text.split(separator: "\n").map { space + $0 }.joined(separator: "\n")
        }
        let program = """
            import json, os, signal, sys, time
            \(setUp)
            for line in sys.stdin:
                message = json.loads(line)
                if "id" not in message: continue
                result, error = None, {"code": -32601, "message": "no such method"}
                method = message.get("method")
                if method == "initialize":
                    result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                              "serverInfo": {"name": "script", "version": "1"}}
                elif method == "tools/list":
                    result = {"tools": \(tools)}
                elif method == "tools/call":
                    tool = message["params"]["name"]
            \(indented(call, by: 8))
                answer = {"jsonrpc": "2.0", "id": message["id"]}
                answer.update({"result": result} if result is not None else {"error": error})
                print(json.dumps(answer), flush=True)
            \(atEnd)
            """
        let file = try scratch.write(program, to: "\(name).py")
        configuration = """
            [[mcp.servers]]
            name = "\(name)"
            command = "\(Snapshot.root)/.venv-mcp/bin/python"
            args = ["\(file)"]
            timeouts = { connect = "1m" }
            \(further)

            """
    }
}
