"""An MCP server on standard input and output for a soak: it echoes, fails, and now and then dies in a call."""
import json
import os
import sys

TOOLS = [{"name": name, "description": what, "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}}
         for name, what in (("echo", "Says the text."), ("fail", "Fails."), ("die", "Ends the server."))]


def answer(method, parameters):
    if method == "initialize":
        return {"protocolVersion": parameters["protocolVersion"], "capabilities": {"tools": {}},
                "serverInfo": {"name": "soak", "version": "1"}}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        if parameters["name"] == "die":
            os._exit(1)
        failed = parameters["name"] == "fail"
        text = "it failed" if failed else parameters["arguments"]["text"]
        return {"content": [{"type": "text", "text": text}], "isError": failed}
    return {} if method == "ping" else None


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message or "method" not in message:
        continue
    result = answer(message["method"], message.get("params") or {})
    reply = {"jsonrpc": "2.0", "id": message["id"]}
    if result is None:
        reply["error"] = {"code": -32601, "message": "no such method"}
    else:
        reply["result"] = result
    print(json.dumps(reply), flush=True)
