extension DescribedSchemas {
    static let openAI = #"""
        {
          "OpenAIError": {
            "type": "object", "required": ["error"],
            "properties": {
              "error": {
                "type": "object", "required": ["message", "type", "code", "param", "request_id"],
                "properties": {
                  "message": { "type": "string" }, "type": { "type": "string" }, "code": { "type": "string" },
                  "param": { "type": ["string", "null"] }, "request_id": { "type": ["string", "null"] }
                }
              }
            }
          },
          "OpenAIModel": {
            "type": "object", "required": ["id", "object", "created", "owned_by"],
            "properties": {
              "id": { "type": "string" }, "object": { "const": "model" }, "created": { "type": "integer" },
              "owned_by": { "type": "string" }
            }
          },
          "OpenAIModels": {
            "type": "object", "required": ["object", "data"],
            "properties": {
              "object": { "const": "list" },
              "data": { "type": "array", "items": { "$ref": "#/components/schemas/OpenAIModel" } }
            }
          },
          "AnyModel": {
            "anyOf": [
              { "$ref": "#/components/schemas/OpenAIModel" }, { "$ref": "#/components/schemas/AnthropicModel" },
              { "$ref": "#/components/schemas/GeminiModel" }
            ]
          },
          "AnyModels": {
            "anyOf": [
              { "$ref": "#/components/schemas/OpenAIModels" }, { "$ref": "#/components/schemas/AnthropicModels" },
              { "$ref": "#/components/schemas/GeminiModels" }
            ]
          },
          "ChatCompletionRequest": {
            "type": "object", "required": ["model", "messages"], "additionalProperties": true,
            "properties": {
              "model": { "$ref": "#/components/schemas/ModelName" },
              "messages": {
                "type": "array", "minItems": 1,
                "items": {
                  "type": "object", "required": ["role"], "additionalProperties": true,
                  "properties": {
                    "role": { "enum": ["system", "developer", "user", "assistant", "tool", "function"] }
                  }
                }
              },
              "stream": { "$ref": "#/components/schemas/Flag" },
              "max_completion_tokens": { "$ref": "#/components/schemas/Count" },
              "max_tokens": { "$ref": "#/components/schemas/Count" },
              "temperature": { "$ref": "#/components/schemas/Number" },
              "top_p": { "$ref": "#/components/schemas/Number" },
              "tools": { "type": ["array", "null"], "items": { "$ref": "#/components/schemas/Object" } },
              "parallel_tool_calls": { "$ref": "#/components/schemas/Flag" }
            }
          },
          "ChatCompletion": {
            "type": "object", "required": ["choices"],
            "properties": {
              "id": { "type": "string" }, "object": { "type": "string" }, "created": { "type": "integer" },
              "model": { "type": "string" },
              "choices": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["message"],
                  "properties": {
                    "index": { "type": "integer" }, "finish_reason": { "type": ["string", "null"] },
                    "message": { "$ref": "#/components/schemas/Object" }
                  }
                }
              },
              "usage": { "type": ["object", "null"] }
            }
          },
          "CompletionRequest": {
            "type": "object", "required": ["model", "prompt"], "additionalProperties": true,
            "properties": {
              "model": { "$ref": "#/components/schemas/ModelName" },
              "prompt": { "type": ["string", "array"], "minItems": 1 },
              "stream": { "$ref": "#/components/schemas/Flag" },
              "max_tokens": { "$ref": "#/components/schemas/Count" },
              "temperature": { "$ref": "#/components/schemas/Number" },
              "top_p": { "$ref": "#/components/schemas/Number" }
            }
          },
          "Completion": {
            "type": "object", "required": ["choices"],
            "properties": {
              "choices": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["text"],
                  "properties": {
                    "text": { "type": "string" }, "index": { "type": "integer" },
                    "finish_reason": { "type": ["string", "null"] }
                  }
                }
              },
              "usage": { "type": ["object", "null"] }
            }
          },
          "ResponseRequest": {
            "type": "object", "required": ["model", "input"], "additionalProperties": true,
            "properties": {
              "model": { "$ref": "#/components/schemas/ModelName" },
              "input": {
                "type": ["string", "array"], "minLength": 1, "minItems": 1, "items": { "$ref": "#/components/schemas/Object" }
              },
              "instructions": { "type": ["string", "null"] },
              "stream": { "$ref": "#/components/schemas/Flag" },
              "max_output_tokens": { "$ref": "#/components/schemas/Count" },
              "temperature": { "$ref": "#/components/schemas/Number" },
              "top_p": { "$ref": "#/components/schemas/Number" },
              "tools": { "type": ["array", "null"], "items": { "$ref": "#/components/schemas/Object" } }
            }
          },
          "Response": {
            "type": "object", "required": ["output"],
            "properties": {
              "id": { "type": "string" }, "object": { "type": "string" }, "status": { "type": "string" },
              "model": { "type": "string" },
              "output": { "type": "array", "items": { "$ref": "#/components/schemas/Object" } },
              "usage": { "type": ["object", "null"] }
            }
          },
          "EmbeddingRequest": {
            "type": "object", "required": ["model", "input"], "additionalProperties": true,
            "properties": {
              "model": { "$ref": "#/components/schemas/ModelName" },
              "input": { "type": ["string", "array"], "minItems": 1 },
              "dimensions": { "$ref": "#/components/schemas/Count" },
              "encoding_format": { "enum": ["float", "base64", null] }
            }
          },
          "Embeddings": {
            "type": "object", "required": ["data"],
            "properties": {
              "object": { "type": "string" },
              "data": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["embedding"],
                  "properties": {
                    "index": { "type": "integer" },
                    "embedding": {
                      "anyOf": [
                        { "$ref": "#/components/schemas/Vector" },
                        { "type": "string", "description": "The bytes of the numbers in Base64" }
                      ]
                    }
                  }
                }
              },
              "usage": { "type": ["object", "null"] }
            }
          }
        }
        """#

    static let openAIMedia = #"""
        {
          "MediaRequest": {
            "type": "object", "required": ["model"], "additionalProperties": true,
            "properties": { "model": { "$ref": "#/components/schemas/ModelName" } }
          },
          "MediaForm": {
            "type": "object", "required": ["model"], "additionalProperties": true,
            "properties": { "model": { "$ref": "#/components/schemas/ModelName" } },
            "description": "The parts of the provider's own form, files among them"
          }
        }
        """#
}
