import Testing

@testable import MCPKit

@Suite("Values of header fields")
struct HeaderTextTests {
    @Test(
        "What a header field can hold is sent as it is, all else in Base64",
        arguments: [
            ("us-west1", "us-west1"),
            ("", ""),
            ("a b", "a b"),
            ("=?base64", "=?base64"),
            (" padded", "=?base64?IHBhZGRlZA==?="),
            ("padded ", "=?base64?cGFkZGVkIA==?="),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("\tindented", "=?base64?CWluZGVudGVk?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ]
    )
    func encoding(value: String, text: String) {
        #expect(HeaderText.encoded(value) == text)
        #expect(HeaderText.decoded(text) == value)
    }

    @Test(
        "Marks around what is no canonical Base64 of UTF-8 mean nothing",
        arguments: ["!!!", "YQ", "YR==", "/w==", "Y Q=="]
    )
    func broken(payload: String) {
        #expect(HeaderText.decoded("=?base64?\(payload)?=") == nil)
    }

    @Test("Every text comes back from what is sent, which is printable ASCII")
    func everyText() {
        for code in UInt32(0)..<0x3000 {
            guard let scalar = Unicode.Scalar(code) else { continue }
            for value in ["\(scalar)", "a\(scalar)b", "\(scalar)\(scalar)"] {
                let text = HeaderText.encoded(value)
                #expect(HeaderText.decoded(text)?.unicodeScalars.elementsEqual(value.unicodeScalars) == true)
                #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
                #expect(text.first != " " && text.last != " ")
            }
        }
    }
}
