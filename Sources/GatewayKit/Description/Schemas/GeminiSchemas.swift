extension DescribedSchemas {
    static let gemini = #"""
        {
          "GeminiError": {
            "type": "object", "required": ["error"],
            "properties": {
              "error": {
                "type": "object", "required": ["code", "message", "status"],
                "properties": {
                  "code": { "type": "integer" }, "message": { "type": "string" }, "status": { "type": "string" },
                  "details": { "type": "array", "items": { "$ref": "#/components/schemas/Object" } }
                }
              }
            }
          },
          "GeminiModel": {
            "type": "object", "required": ["name", "displayName", "supportedGenerationMethods"],
            "properties": {
              "name": { "type": "string" }, "displayName": { "type": "string" },
              "supportedGenerationMethods": { "type": "array", "items": { "type": "string" } },
              "inputTokenLimit": { "type": "integer" }
            }
          },
          "GeminiModels": {
            "type": "object", "required": ["models"],
            "properties": { "models": { "type": "array", "items": { "$ref": "#/components/schemas/GeminiModel" } } }
          },
          "GeminiContent": {
            "type": "object", "required": ["parts"], "additionalProperties": true,
            "properties": {
              "role": { "type": ["string", "null"] },
              "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Object" } }
            }
          },
          "GenerateContentRequest": {
            "type": "object", "required": ["contents"], "additionalProperties": true,
            "properties": {
              "contents": {
                "description": "A list of contents; one alone, and a text, are taken too",
                "type": ["array", "object", "string"], "minItems": 1
              },
              "generationConfig": { "type": ["object", "null"] },
              "tools": { "type": ["array", "null"], "items": { "$ref": "#/components/schemas/Object" } }
            }
          },
          "GenerateContentAnswer": {
            "type": "object",
            "properties": {
              "candidates": { "type": "array", "items": { "$ref": "#/components/schemas/Object" } },
              "usageMetadata": { "type": "object" }, "modelVersion": { "type": "string" }
            }
          },
          "GenerateContentAnswers": {
            "type": "array", "items": { "$ref": "#/components/schemas/GenerateContentAnswer" },
            "description": "The pieces of the answer as they come; an error that comes late is the last of them"
          },
          "CountTokensRequest": {
            "type": "object", "additionalProperties": true,
            "anyOf": [{ "required": ["contents"] }, { "required": ["generateContentRequest"] }],
            "properties": { "generateContentRequest": { "type": ["object", "null"] } }
          },
          "GeminiTokenCount": {
            "type": "object", "required": ["totalTokens"],
            "properties": { "totalTokens": { "type": "integer", "minimum": 0 } }
          },
          "EmbedContentRequest": {
            "type": "object", "required": ["content"], "additionalProperties": true,
            "properties": {
              "content": { "$ref": "#/components/schemas/GeminiContent" },
              "outputDimensionality": { "$ref": "#/components/schemas/Count" }
            }
          },
          "BatchEmbedContentsRequest": {
            "type": "object", "required": ["requests"], "additionalProperties": true,
            "properties": {
              "requests": {
                "type": "array", "minItems": 1, "items": { "$ref": "#/components/schemas/EmbedContentRequest" }
              }
            }
          },
          "GeminiVector": {
            "type": "object", "required": ["values"],
            "properties": { "values": { "$ref": "#/components/schemas/Vector" } }
          },
          "GeminiEmbedding": {
            "type": "object", "required": ["embedding"],
            "properties": { "embedding": { "$ref": "#/components/schemas/GeminiVector" } }
          },
          "GeminiEmbeddings": {
            "type": "object", "required": ["embeddings"],
            "properties": {
              "embeddings": { "type": "array", "items": { "$ref": "#/components/schemas/GeminiVector" } }
            }
          }
        }
        """#
}
