import Testing

@testable import TransportKit

@Suite
struct CheckedFieldsTests {
    @Test func writesWhatIsTheCallersToSay() throws {
        let checked = try CheckedFields(["accept": "a/b", "x-empty": "", "connection": "close", "host": "h"])
        #expect(String(decoding: checked.lines, as: UTF8.self) == "accept: a/b\r\nx-empty:\r\nhost: h\r\n")
        #expect(checked.hasAccept)
        #expect(checked.hasHost)
        #expect(!checked.hasUserAgent)
        #expect(!checked.hasAcceptEncoding)
    }

    @Test(arguments: ["a\r\nb: c", "a\u{0}", "eight by\u{7F}tes and more", "a long value with a bell \u{7} in it"])
    func refusesControlCharacters(value: String) {
        #expect(throws: TransportError.self) { try CheckedFields(["x": value]) }
    }

    @Test(arguments: ["", "a", "tab\tand more than eight", "ümläüte, more than eight", "exactly8"])
    func takesWhatCanBeSent(value: String) throws {
        #expect(try CheckedFields(["x": value]).fields["x"] == value)
    }

    @Test func fieldsOfTheSameBytesAreCheckedOnce() throws {
        var cache = RouteCache()
        let first = try cache.checked(["a": "1", "b": "2"])
        #expect(try cache.checked(first.fields) === first)
        #expect(try cache.checked(["a": "1", "b": "2"]) === first)
        #expect(try cache.checked(["a": "1", "b": "3"]) !== first)
        #expect(try cache.checked(["a": "1", "b": "2"]) === first)
    }

    /// As strings these two are equal.
    @Test func charactersThatOnlyLookTheSameAreNot() throws {
        var cache = RouteCache()
        let composed = try cache.checked(["a": "\u{E9}"])
        let decomposed = try cache.checked(["a": "e\u{301}"])
        #expect(composed.lines != decomposed.lines)
    }
}
