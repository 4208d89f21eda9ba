import FoundationEssentials
import ProviderKit
import Testing
import TransportKit

struct StructuredOutputTests {
    struct City: Codable, Equatable, Sendable {
        var name: String
        var people: Int
        var tags: [String]?
    }

    static let paris = City(name: "Paris", people: 2_100_000)
    static let json = #"{"name": "Paris", "people": 2100000}"#

    @Test(arguments: [
        json, "\n \(json)\n", "```json\n\(json)\n```", "```\n\(json)\n```",
        "Sure! Here it is:\n\n```json\n\(json)\n```\nAnything else?",
        "The city [as asked] is {this one}: \(json).", "{ \(json)", "[1] and \(json)", #"{"value": \#(json)}"#,
        #"{"name": "Paris", "people": 2100000.0, "more": true}"#,
    ])
    func findsTheJSON(_ text: String) throws {
        #expect(try StructuredOutput.decode(City.self, from: text) == Self.paris)
    }

    @Test(arguments: [
        ("secret prose", "no JSON"), ("", "no JSON"), (#"{"name": "secret"#, "no JSON"),
        (#"{"name": "secret", "people": "secret"}"#, "at people there is no Int"),
        (#"{"name": "secret"}"#, "at people a member is missing"),
        (#"{"name": "secret", "people": null}"#, "at people there is no Int but null"),
        (#"{"name": "secret", "people": 1, "tags": ["secret", 3]}"#, "at tags.1 there is no String"),
        (#"["secret"]"#, "at its outermost"),
    ])
    func errorsNameThePlaceAndNothingOfTheAnswer(_ text: String, _ part: String) {
        do throws(PlexError) {
            _ = try StructuredOutput.decode(City.self, from: text)
            Issue.record("decoded")
        } catch {
            #expect(error.code == .malformedResponse)
            #expect(error.description.contains(part), "\(error)")
            #expect(!"\(error) \(String(reflecting: error))".contains("secret"))
        }
    }

    @Test func valuesThatAreNoObjects() throws {
        let format = try JSONSchemaFormat(for: [City].self)
        #expect(format.schema["properties"]?["value"]?["type"] == "array")
        #expect(format.schema["additionalProperties"] == false)
        #expect(try StructuredOutput.decode([City].self, from: #"{"value": [\#(Self.json)]}"#) == [Self.paris])
        #expect(try StructuredOutput.decode([City].self, from: "[\(Self.json)]") == [Self.paris])
        #expect(try StructuredOutput.decode(Int.self, from: "42") == 42)
    }

    @Test func formats() throws {
        let city = try JSONSchemaFormat(for: City.self, description: "A city.")
        #expect(city.name == "City" && city.isStrict == true && city.description == "A city.")
        #expect(city.schema["properties"]?["tags"]?["anyOf"] != nil)
        let pairs = try JSONSchemaFormat(for: [String: Int].self)
        #expect(pairs.isStrict == false)
        #expect(pairs.schema == ["type": "object", "additionalProperties": ["type": "integer"]])
        #expect(pairs.name == "Dictionary_String__Int_")
        #expect(throws: PlexError.self) { try JSONSchemaFormat(for: [String: Int].self, isStrict: true) }
    }

    @Test(arguments: ["2026-11-21T07:00:00Z", "2026-11-21T08:00:00+01:00", "2026-11-21T07:00:00.000Z"])
    func dates(_ text: String) throws {
        struct Event: Decodable { var at: Date }
        let event = try StructuredOutput.decode(Event.self, from: #"{"at": "\#(text)"}"#)
        #expect(event.at == Date(timeIntervalSince1970: 1_795_244_400))
    }

    @Test func aDay() throws {
        #expect(
            try StructuredOutput.decode(Date.self, from: #""2026-11-21""#) == Date(timeIntervalSince1970: 1_795_219_200)
        )
    }
}
