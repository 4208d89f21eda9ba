extension DescribedSchemas {
    static let tools = #"""
        {
          "RPCMessages": {
            "type": ["object", "array"], "minItems": 1, "additionalProperties": true,
            "description": "A message of JSON-RPC 2.0, or several in clients of the version 2025-03-26"
          },
          "RPCAnswer": {
            "type": ["object", "array"], "description": "An answer of JSON-RPC 2.0, or several"
          },
          "RPCError": {
            "anyOf": [
              {
                "type": "object", "required": ["jsonrpc", "error"],
                "properties": {
                  "jsonrpc": { "const": "2.0" },
                  "error": {
                    "type": "object", "required": ["code", "message"],
                    "properties": { "code": { "type": "integer" }, "message": { "type": "string" } }
                  }
                }
              },
              { "$ref": "#/components/schemas/OpenAIError" }
            ]
          },
          "ToolFailure": {
            "type": "object", "required": ["code", "message"],
            "properties": { "code": { "type": "string" }, "message": { "type": "string" } }
          },
          "ToolList": {
            "type": "object", "required": ["tools", "failures"],
            "properties": {
              "tools": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["name", "server", "tool"],
                  "properties": {
                    "name": { "type": "string" }, "server": { "type": "string" }, "tool": { "type": "string" }
                  }
                }
              },
              "failures": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["server", "error"],
                  "properties": {
                    "server": { "type": ["string", "null"] }, "error": { "$ref": "#/components/schemas/ToolFailure" }
                  }
                }
              }
            }
          },
          "ToolsByServer": {
            "type": "object", "required": ["servers"],
            "properties": {
              "servers": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["name", "state", "tools"],
                  "properties": {
                    "name": { "type": "string" }, "state": { "type": "string" },
                    "tools": { "type": "array", "items": { "$ref": "#/components/schemas/Object" } },
                    "error": { "$ref": "#/components/schemas/ToolFailure" }
                  }
                }
              }
            }
          },
          "ToolCall": {
            "type": "object", "additionalProperties": false,
            "properties": {
              "arguments": { "type": "object" }, "name": {}, "_meta": {}
            }
          },
          "ToolArguments": { "type": "object", "additionalProperties": true },
          "ToolResult": {
            "type": "object",
            "properties": {
              "content": { "type": "array", "items": { "$ref": "#/components/schemas/Object" } },
              "isError": { "type": "boolean" }
            }
          },
          "ToolServers": {
            "type": "object", "required": ["servers"],
            "properties": { "servers": { "type": "array", "items": { "$ref": "#/components/schemas/ToolServer" } } }
          },
          "ToolServer": {
            "type": "object", "required": ["name", "enabled", "source", "state"],
            "properties": {
              "name": { "type": "string" }, "enabled": { "type": "boolean" }, "source": { "type": "string" },
              "state": { "type": "string" }, "problem": { "type": "string" }
            }
          },
          "NewToolServer": {
            "type": "object", "required": ["name"], "additionalProperties": true,
            "properties": { "name": { "type": "string", "minLength": 1 }, "enabled": { "type": "boolean" } },
            "description": "With the keys of [[mcp.servers]]"
          },
          "ToolServerSettings": {
            "type": "object", "additionalProperties": true,
            "properties": { "name": { "type": "string" }, "enabled": { "type": "boolean" } },
            "description": "With the keys of [[mcp.servers]], all of them"
          }
        }
        """#
}
