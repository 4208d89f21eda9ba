import FoundationEssentials
import Testing
import TransportKit

@Suite("JSON coding")
struct JSONCodingTests {
    private struct Weather: Codable, Equatable {
        var city: String
        var degrees: Double?
        var days: [Int]
        var extra: JSONValue
    }

    private let weather = Weather(
        city: "Köln",
        degrees: 21.5,
        days: [1, 2],
        extra: ["a": [1, -2.25, true, nil, "x", [], [:]], "big": 9_007_199_254_740_993]
    )

    @Test("Codable values become JSON and come back")
    func roundTrip() throws {
        let json = try JSONValue(encoding: weather)
        #expect(
            json == [
                "city": "Köln", "degrees": 21.5, "days": [1, 2],
                "extra": ["a": [1, -2.25, true, nil, "x", [], [:]], "big": 9_007_199_254_740_993],
            ]
        )
        #expect(try json.decode(as: Weather.self) == weather)
        #expect(try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(weather)) == json)
        #expect(try JSONValue(encoding: "fragment") == "fragment")
        #expect(try JSONValue(encoding: json) == json)
        let same: JSONValue = try json.decode()
        #expect(same == json)
    }

    @Test("What does not fit is an error")
    func failures() {
        #expect(throws: JSONError("the value at days[0] cannot be encoded as JSON")) {
            try JSONValue(encoding: ["days": [Double.infinity]])
        }
        #expect(throws: DecodingError.self) { try JSONValue.string("x").decode(as: Int.self) }
        #expect(throws: DecodingError.self) { try (["city": 1] as JSONValue).decode(as: Weather.self) }
    }

    @Test("Pretty text is indented and can be sorted")
    func pretty() {
        let value: JSONValue = ["b": [1, ["x": nil]], "a": [:], "c": []]
        #expect(
            value.prettyPrinted() == """
                {
                  "b": [
                    1,
                    {
                      "x": null
                    }
                  ],
                  "a": {},
                  "c": []
                }
                """
        )
        #expect(value.prettyPrinted(sortedNames: true).hasPrefix("{\n  \"a\": {},\n  \"b\""))
    }
}
