internal import TransportKit

/// The schemas that operations name: of requests as far as they are looked at, of answers as far as all providers agree.
///
/// They are JSON, as whoever knows the interface writes them, and are read when somebody asks for the description.
enum DescribedSchemas {
    /// All schemas by their names.
    ///
    /// - Throws: `JSONError`, if one is no JSON.
    static func read() throws(JSONError) -> JSONObject {
        var schemas = JSONObject()
        for text in [common, openAI, openAIMedia, anthropic, gemini, ollama, tools] {
            for member in try JSONValue(parsing: text).object?.members ?? [] { schemas[member.name] = member.value }
        }
        return schemas
    }

    private static let common = #"""
        {
          "ModelName": {
            "type": "string", "minLength": 1,
            "description": "A model, alias or route by its name, or PROVIDER/MODEL. Left out, it is the gateway's default model, if it has one"
          },
          "Flag": { "type": ["boolean", "null"] },
          "Number": { "type": ["number", "null"] },
          "Count": { "type": ["integer", "null"], "minimum": 1, "maximum": 9223372036854775807 },
          "Object": { "type": "object", "additionalProperties": true },
          "Anything": {},
          "Text": { "type": "string" },
          "Events": { "description": "Server-sent events; an error that comes late is an event of its own" },
          "Lines": { "type": "string", "description": "A JSON object a line" },
          "Vector": { "type": "array", "items": { "type": "number" } },
          "Health": {
            "type": "object", "required": ["status", "service", "version"],
            "properties": {
              "status": { "const": "ok" }, "service": { "type": "string" }, "version": { "type": "string" }
            }
          },
          "Readiness": {
            "type": "object", "required": ["status"],
            "properties": { "status": { "enum": ["ready", "unavailable"] } }
          },
          "Unreadiness": {
            "anyOf": [{ "$ref": "#/components/schemas/Readiness" }, { "$ref": "#/components/schemas/OpenAIError" }]
          },
          "ProvidersHealth": {
            "type": "object", "required": ["status", "providers", "version", "uptime_s"],
            "properties": {
              "status": { "enum": ["ok", "degraded", "unavailable"] },
              "providers": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["name", "state"],
                  "properties": {
                    "name": { "type": "string" }, "state": { "type": "string" },
                    "reason": { "type": ["string", "null"] }, "last_success": { "type": ["string", "null"] },
                    "last_failure": { "type": ["object", "null"] }, "consecutive_failures": { "type": "integer" },
                    "latency_ms": { "type": ["number", "null"] }, "models": { "type": ["integer", "null"] }
                  }
                }
              },
              "version": { "type": "string" }, "uptime_s": { "type": "integer" }
            }
          },
          "Reset": {
            "type": "object",
            "properties": { "provider": { "type": "string", "description": "Left out, all targets are asked again" } }
          },
          "Reload": {
            "type": "object",
            "required": ["reloaded", "changed", "needs_restart", "warnings"],
            "properties": {
              "reloaded": { "type": "boolean" },
              "changed": { "type": "array", "items": { "type": "string" }, "description": "Keys, such as server.log_level" },
              "needs_restart": { "type": "array", "items": { "type": "string" } },
              "warnings": { "type": "array", "items": { "type": "string" } }
            }
          },
          "ResetCount": {
            "type": "object", "required": ["reset"], "properties": { "reset": { "type": "integer", "minimum": 0 } }
          }
        }
        """#
}
