import Testing
import TransportKit

@Suite("JSON reader")
struct JSONReaderTests {
    private let reader: JSONReader

    init() throws {
        reader = try JSONReader(
            parsing: Array(#"{"s":"x","n":1.5,"i":2,"b":true,"z":null,"choices":[{"delta":{"content":7}},3]}"#.utf8)
        )
    }

    @Test("Members are read by kind; absent and null are the same")
    func members() throws {
        #expect(try reader.string("s") == "x")
        #expect(try reader.int("i") == 2)
        #expect(try reader.double("n") == 1.5)
        #expect(try reader.bool("b"))
        #expect(try reader.array("choices").count == 2)
        #expect(try reader.optionalString("s") == "x")
        #expect(try reader.optionalString("z") == nil)
        #expect(try reader.optionalInt("none") == nil)
        #expect(try reader.optionalObject("z") == nil)
        #expect(try reader.optionalArray("z") == nil)
    }

    @Test("Errors name the place, what was expected and what was found")
    func errors() throws {
        func message(_ body: (JSONReader) throws(JSONError) -> Void) -> String? {
            do throws(JSONError) {
                try body(reader)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(
            message { json throws(JSONError) in
                _ = try json.array("choices")[0].object("delta").string("content")
            } == "choices[0].delta.content: expected a string, found a number"
        )
        #expect(
            message { json throws(JSONError) in _ = try json.array("choices")[1].string("x") }
                == "choices[1]: expected an object, found a number"
        )
        #expect(message { json throws(JSONError) in _ = try json.string("q") } == "q: is missing")
        #expect(message { json throws(JSONError) in _ = try json.string("z") } == "z: is missing")
        #expect(message { json throws(JSONError) in _ = try json.int("n") } == "n: expected an integer, found a number")
        #expect(
            message { json throws(JSONError) in _ = try json.object("s") } == "s: expected an object, found a string"
        )
        #expect(message { json throws(JSONError) in _ = try json.array() } == "expected an array, found an object")
        #expect(JSONReader([], name: "answer").error("is odd").description == "answer: is odd")
    }
}
