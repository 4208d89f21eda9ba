extension DescribedSchemas {
    static let anthropic = #"""
        {
          "AnthropicError": {
            "type": "object", "required": ["type", "error", "request_id"],
            "properties": {
              "type": { "const": "error" },
              "error": {
                "type": "object", "required": ["type", "message", "code"],
                "properties": {
                  "type": { "type": "string" }, "message": { "type": "string" }, "code": { "type": "string" },
                  "param": { "type": "string" }
                }
              },
              "request_id": { "type": ["string", "null"] }
            }
          },
          "AnthropicModel": {
            "type": "object", "required": ["type", "id", "display_name", "created_at"],
            "properties": {
              "type": { "const": "model" }, "id": { "type": "string" }, "display_name": { "type": "string" },
              "created_at": { "type": "string" }
            }
          },
          "AnthropicModels": {
            "type": "object", "required": ["data", "has_more"],
            "properties": {
              "data": { "type": "array", "items": { "$ref": "#/components/schemas/AnthropicModel" } },
              "has_more": { "type": "boolean" }, "first_id": { "type": ["string", "null"] },
              "last_id": { "type": ["string", "null"] }
            }
          },
          "MessageRequest": {
            "type": "object", "required": ["model", "messages"], "additionalProperties": true,
            "properties": {
              "model": { "$ref": "#/components/schemas/ModelName" },
              "messages": {
                "type": "array", "minItems": 1,
                "items": {
                  "type": "object", "required": ["role", "content"], "additionalProperties": true,
                  "properties": {
                    "role": { "enum": ["user", "assistant", "system"] },
                    "content": { "type": ["string", "array"], "items": { "$ref": "#/components/schemas/Object" } }
                  }
                }
              },
              "system": { "type": ["string", "array", "null"], "items": { "$ref": "#/components/schemas/Object" } },
              "stream": { "$ref": "#/components/schemas/Flag" },
              "max_tokens": { "$ref": "#/components/schemas/Count" },
              "temperature": { "$ref": "#/components/schemas/Number" },
              "top_p": { "$ref": "#/components/schemas/Number" },
              "tools": { "type": ["array", "null"], "items": { "$ref": "#/components/schemas/Object" } }
            }
          },
          "Message": {
            "type": "object", "required": ["content"],
            "properties": {
              "id": { "type": "string" }, "type": { "type": "string" }, "role": { "type": "string" },
              "model": { "type": "string" }, "stop_reason": { "type": ["string", "null"] },
              "content": { "type": "array", "items": { "$ref": "#/components/schemas/Object" } },
              "usage": { "type": "object" }
            }
          },
          "AnthropicTokenCount": {
            "type": "object", "required": ["input_tokens"],
            "properties": { "input_tokens": { "type": "integer", "minimum": 0 } }
          }
        }
        """#
}
