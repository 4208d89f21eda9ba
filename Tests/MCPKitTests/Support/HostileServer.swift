import TransportKit

@testable import MCPKit

/// A server in Python whose tools do all that a server should not.
enum HostileServer {
    static func configuration(
        _ mode: String = "handshake",
        timeouts: MCPServerConfiguration.Timeouts = .init(),
        policy: MCPServerConfiguration.Policy = .persistent(),
        maximumMessageSize: Int = 1 << 20
    ) -> MCPServerConfiguration {
        MCPServerConfiguration(
            name: "hostile",
            endpoint: .command(.init("python3", ["-u", "-c", script, mode])),
            policy: policy,
            timeouts: timeouts,
            maximumMessageSize: maximumMessageSize
        )
    }

    private static let script = #"""
        import json, os, signal, sys, time
        mode = sys.argv[1]
        out = sys.stdout
        def send(value):
            out.write(json.dumps(value) + "\n"); out.flush()
        def result(id, value): send({"jsonrpc": "2.0", "id": id, "result": value})
        def text(value): return {"content": [{"type": "text", "text": value}]}
        def fail(id, code, message, data=None):
            error = {"code": code, "message": message}
            if data is not None: error["data"] = data
            send({"jsonrpc": "2.0", "id": id, "error": error})
        if mode == "chatty": print("Server is starting…", flush=True)
        if mode == "exit": sys.exit("there is no licence")
        if mode == "silent": time.sleep(1000)
        asked, cancelled = {}, []
        for line in sys.stdin:
            message = json.loads(line)
            method, id, params = message.get("method"), message.get("id"), message.get("params") or {}
            if method == "server/discover":
                if mode == "stateless":
                    result(id, {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}, "resources": {}},
                                "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "hostile"}}})
                elif mode == "dies-on-probe": sys.exit(1)
                elif mode == "ignores-probe": pass
                else: fail(id, -32601, "what?")
            elif method == "initialize":
                version = "1999-01-01" if mode == "ancient" else params["protocolVersion"]
                capabilities = {} if mode == "bare" else {"tools": {}, "prompts": {}, "logging": {}}
                result(id, {"protocolVersion": version, "capabilities": capabilities, "serverInfo": {"name": "hostile", "version": "1"}})
            elif method == "notifications/cancelled": cancelled.append(params["requestId"])
            elif method == "tools/list":
                cursor = 0 if mode == "endless" else int(params.get("cursor") or 0)
                if mode == "endless": result(id, {"tools": [], "nextCursor": "same"})
                else:
                    page = {"tools": [{"name": "tool%d" % cursor, "inputSchema": {"type": "object"}}]}
                    if cursor < 4: page["nextCursor"] = str(cursor + 1) if cursor else ""
                    if cursor == 0 and "cursor" in params: page = {"tools": [{"name": "tool0b", "inputSchema": {}}], "nextCursor": "2"}
                    result(id, page)
            elif method == "tools/call":
                name = params["name"]
                if name == "echo": result(id, text(json.dumps(params.get("arguments"))))
                elif name == "noise":
                    send({"jsonrpc": "2.0", "method": "notifications/unknown", "params": {"x": 1}})
                    out.write("DEBUG this is no JSON\n\n{}\n[]\n"); out.flush()
                    result(999999, text("for nobody")); result("text", text("for nobody")); result(-1, {})
                    send({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "?"}})
                    send({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "hello"}})
                    result(id, text("after the noise")); result(id, text("again"))
                elif name == "batch":
                    send([{"jsonrpc": "2.0", "method": "notifications/unknown"}, {"jsonrpc": "2.0", "id": id, "result": text("batched")}])
                elif name == "flood":
                    for _ in range(200): sys.stderr.write("x" * 50000 + "\n")
                    sys.stderr.flush(); result(id, text("dry"))
                elif name == "huge": result(id, text("x" * (4 << 20)))
                elif name == "wrong": result(str(id), text("for a string"))
                elif name == "both": send({"jsonrpc": "2.0", "id": id, "result": {}, "error": {"code": 1, "message": "no"}})
                elif name == "array": result(id, [1])
                elif name == "error": fail(id, -32602, "no such argument")
                elif name == "silence": pass
                elif name == "cancelled": result(id, text(json.dumps(cancelled)))
                elif name == "die": os._exit(3)
                elif name == "close": os.close(1); time.sleep(1000)
                elif name == "fork":
                    if os.fork() == 0: time.sleep(1000)
                    else: result(id, text(str(os.getpgrp())))
                elif name == "fork-die":
                    if os.fork() == 0: time.sleep(1000)
                    else: os._exit(0)
                elif name == "stubborn":
                    signal.signal(signal.SIGTERM, signal.SIG_IGN); result(id, text("no"))
                    while True: time.sleep(1000)
                elif name == "progress":
                    token = params["_meta"]["progressToken"]
                    for step in [1, 2, 2, 1, 3.5]:
                        send({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": token, "progress": step, "total": 4}})
                    result(id, text("done"))
                elif name == "ask":
                    asked["q"] = id
                    send({"jsonrpc": "2.0", "id": "q", "method": params["arguments"]["method"], "params": params["arguments"].get("params", {})})
                elif name == "input":
                    if "inputResponses" in params: result(id, text(json.dumps([params["inputResponses"], params["requestState"]])))
                    else: result(id, {"resultType": "input_required", "requestState": "s1", "inputRequests": {"a": {"method": "elicitation/create", "params": {"message": "Who?", "requestedSchema": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}}}}})
                elif name == "always-input": result(id, {"resultType": "input_required", "requestState": "s"})
                elif name == "odd-type": result(id, {"resultType": "surprise"})
                elif name == "meta": result(id, text(json.dumps(params.get("_meta"))))
                else: fail(id, -32602, "unknown tool")
            elif method == "ping": result(id, {})
            elif method is None and id in asked: result(asked.pop(id), text(json.dumps(message.get("result", message.get("error")))))
        """#
}
