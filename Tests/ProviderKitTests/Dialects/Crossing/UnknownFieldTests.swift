import ProviderKit
import Testing
import TransportKit

/// Whatever a caller writes anywhere in a request is sent on, told of, or refused.
@Suite("Fields that nobody knows")
struct UnknownFieldTests {
    private static let requests = [
        (
            "openai",
            #"""
            {"model":"m","messages":[{"role":"system","content":"s"},
              {"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},
                {"type":"image_url","image_url":{"url":"https://e.org/a.png"}},
                {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}]},
              {"role":"assistant","content":"b","reasoning_content":"hm",
                "tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"d"}]},
              {"role":"assistant","refusal":"no"}],
              "tools":[{"type":"function","function":{"name":"f","parameters":{}}}],
              "tool_choice":{"type":"function","function":{"name":"f"}},"reasoning":{"effort":"low"},
              "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}}}
            """#
        ),
        (
            "responses",
            #"""
            {"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"a"},
                {"type":"input_image","image_url":"https://e.org/a.png"},
                {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}]},
              {"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"x"},
              {"type":"message","role":"assistant","content":[{"type":"output_text","text":"b"},
                {"type":"refusal","refusal":"no"}]},
              {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
              {"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"d"}]}],
              "tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":{"type":"function","name":"f"},
              "reasoning":{"effort":"low"},"text":{"format":{"type":"json_schema","name":"n","schema":{}}}}
            """#
        ),
        (
            "anthropic",
            #"""
            {"model":"m","max_tokens":5,"system":[{"type":"text","text":"s"}],"messages":[
              {"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},
                {"type":"image","source":{"type":"url","url":"https://e.org/a.png"}},
                {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}}]},
              {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"x"},
                {"type":"text","text":"b"},{"type":"tool_use","id":"c","name":"f","input":{}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"d"}]}]}],
              "tools":[{"name":"f","input_schema":{},"cache_control":{"type":"ephemeral"}}],
              "tool_choice":{"type":"tool","name":"f"},"metadata":{"user_id":"u"},
              "thinking":{"type":"enabled","budget_tokens":2000},
              "output_config":{"format":{"type":"json_schema","schema":{}}}}
            """#
        ),
        (
            "ollama",
            #"""
            {"model":"m","messages":[{"role":"user","content":"a"},
              {"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{}}}]},
              {"role":"tool","tool_name":"f","content":"d"}],
              "tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"options":{"seed":1}}
            """#
        ),
        (
            "gemini",
            #"""
            {"model":"m","systemInstruction":{"parts":[{"text":"s"}]},"contents":[
              {"role":"user","parts":[{"text":"a"},{"inlineData":{"mimeType":"application/pdf","data":"JVBERi0="}},
                {"fileData":{"mimeType":"image/png","fileUri":"https://e.org/a.png"}}]},
              {"role":"model","parts":[{"text":"b"},{"functionCall":{"name":"f","args":{}}}]},
              {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"d"}}}]}],
              "tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{}}]}],
              "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},
              "generationConfig":{"thinkingConfig":{"thinkingBudget":100},"responseJsonSchema":{}}}
            """#
        ),
    ]
    // What is in these is the caller's own, and goes through whole.
    private static let own: Set = [
        "parameters", "parametersJsonSchema", "input_schema", "schema", "responseJsonSchema", "arguments", "args",
        "input", "response",
    ]

    private static let holders: Set = [
        "reasoning", "text", "metadata", "thinking", "output_config", "options", "generationConfig", "toolConfig",
        "tools[0]",
    ]

    /// The request with a member more, in each of its objects in turn.
    private static func variants(of value: JSONValue, isRoot: Bool = true) -> [JSONValue] {
        switch value {
        case .object(var object):
            var all: [JSONValue] = []
            for member in object.members where isRoot || !own.contains(member.name) {
                for inner in variants(of: member.value, isRoot: false) {
                    var changed = object
                    changed[member.name] = inner
                    all.append(.object(changed))
                }
            }
            object["zz"] = 1
            return all + [.object(object)]
        case .array(let elements):
            return elements.indices.flatMap { index in
                variants(of: elements[index], isRoot: false).map { inner in
                    var changed = elements
                    changed[index] = inner
                    return .array(changed)
                }
            }
        default: return []
        }
    }

    @Test(arguments: requests.map(\.0), WireSide.vendors.map(\.name))
    func nothingIsLostInSilence(from: String, to: String) throws {
        let text = try #require(Self.requests.first { $0.0 == from }?.1)
        let reader = try WireSide.named(from)
        let writer = try #require(WireSide.vendors.first { $0.name == to })
        let variants = Self.variants(of: try JSONValue(parsing: text))
        #expect(variants.count > 8)
        for variant in variants {
            let told: Bool
            do {
                let (served, words) = try reader.read(variant)
                let encoded = try writer.write(served.request)
                let fields = words(served.places.inCallersWords(encoded.warnings)).map(\.field)
                // What has no room of its own is told of by the object in which it stands.
                told =
                    fields.contains { $0.contains("zz") || Self.holders.contains($0) }
                    || encoded.body.serializedString.contains("\"zz\"")
            } catch {
                // What cannot be written at all says so.
                continue
            }
            #expect(told, "\(variant.serializedString)")
        }
    }
}
