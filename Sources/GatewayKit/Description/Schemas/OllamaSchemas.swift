extension DescribedSchemas {
    static let ollama = #"""
        {
          "OllamaError": {
            "type": "object", "required": ["error", "code"],
            "properties": {
              "error": { "type": "string" }, "code": { "type": "string" }, "param": { "type": "string" },
              "request_id": { "type": "string" }
            }
          },
          "OllamaChatRequest": {
            "type": "object", "required": ["model", "messages"], "additionalProperties": true,
            "properties": {
              "model": { "$ref": "#/components/schemas/ModelName" },
              "messages": {
                "type": "array", "minItems": 1,
                "items": {
                  "type": "object", "required": ["role"], "additionalProperties": true,
                  "properties": { "role": { "enum": ["system", "user", "assistant", "tool"] } }
                }
              },
              "stream": { "type": ["boolean", "null"], "description": "Left out, it is true" },
              "tools": { "type": ["array", "null"], "items": { "$ref": "#/components/schemas/Object" } },
              "options": { "type": ["object", "null"] }
            }
          },
          "OllamaGenerateRequest": {
            "type": "object", "required": ["model", "prompt"], "additionalProperties": true,
            "properties": {
              "model": { "$ref": "#/components/schemas/ModelName" },
              "prompt": { "type": "string", "minLength": 1 },
              "system": { "type": ["string", "null"] },
              "stream": { "type": ["boolean", "null"], "description": "Left out, it is true" },
              "options": { "type": ["object", "null"] }
            }
          },
          "OllamaAnswer": {
            "type": "object", "required": ["model", "done"],
            "properties": {
              "model": { "type": "string" }, "done": { "type": "boolean" }, "done_reason": { "type": "string" },
              "message": { "type": "object" }, "response": { "type": "string" }
            }
          },
          "OllamaEmbedRequest": {
            "type": "object", "required": ["model", "input"], "additionalProperties": true,
            "properties": {
              "model": { "$ref": "#/components/schemas/ModelName" },
              "input": { "type": ["string", "array"], "minItems": 1, "items": { "type": "string" } },
              "dimensions": { "$ref": "#/components/schemas/Count" }
            }
          },
          "OllamaEmbeddings": {
            "type": "object", "required": ["embeddings"],
            "properties": {
              "model": { "type": "string" },
              "embeddings": { "type": "array", "items": { "$ref": "#/components/schemas/Vector" } }
            }
          },
          "OllamaEmbeddingRequest": {
            "type": "object", "required": ["model", "prompt"], "additionalProperties": true,
            "properties": {
              "model": { "$ref": "#/components/schemas/ModelName" }, "prompt": { "type": "string" }
            }
          },
          "OllamaEmbedding": {
            "type": "object", "required": ["embedding"],
            "properties": { "embedding": { "$ref": "#/components/schemas/Vector" } }
          },
          "OllamaModels": {
            "type": "object", "required": ["models"],
            "properties": {
              "models": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["name", "model", "modified_at", "size", "digest", "details"],
                  "properties": {
                    "name": { "type": "string" }, "model": { "type": "string" }, "modified_at": { "type": "string" },
                    "size": { "type": "integer" }, "digest": { "type": "string" }, "details": { "type": "object" }
                  }
                }
              }
            }
          },
          "OllamaShowRequest": {
            "type": "object", "required": ["model"], "additionalProperties": true,
            "properties": { "model": { "$ref": "#/components/schemas/ModelName" } }
          },
          "OllamaShown": {
            "type": "object", "required": ["modified_at", "details", "model_info", "capabilities"],
            "properties": {
              "modified_at": { "type": "string" }, "details": { "type": "object" }, "model_info": { "type": "object" },
              "capabilities": { "type": "array", "items": { "type": "string" } }
            }
          },
          "OllamaVersion": {
            "type": "object", "required": ["version"], "properties": { "version": { "type": "string" } }
          }
        }
        """#
}
