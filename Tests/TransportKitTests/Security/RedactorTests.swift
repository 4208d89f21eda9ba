import Testing
import TransportKit

@Suite("Redactor")
struct RedactorTests {
    @Test(
        "Secrets go, the rest stays",
        arguments: [
            ("nothing here", "nothing here"), ("", ""),
            ("key is hunter22!", "key is <secret>!"), ("hunter22hunter22", "<secret><secret>"),
            ("xhunter22x", "x<secret>x"),
            ("hunter2", "hunter2"), ("long: hunter22-and-more.", "long: <secret>."), ("schlüssel-ä!", "<secret>!"),
            ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer <secret>"), ("bearer  x", "bearer  <secret>"),
            ("Basic dXNlcjpwdw==, next", "Basic <secret>, next"), ("a bearer of news", "a bearer <secret> news"),
            ("Bearer ", "Bearer "),
            ("forbearer x", "forbearer x"), ("got sk-ant-api03-AbCd_1234.", "got <secret>"),
            ("task-force-is-here", "task-force-is-here"),
            ("sk-short", "sk-short"), ("?key=AIzaSyA1234567890&x=1", "?key=AIzaSyA1234567890&x=1"),
            ("key: AIzaSyA1234567890", "key: <secret>"),
        ]
    )
    func table(text: String, expected: String) {
        let redactor = Redactor(secrets: ["hunter22", "hunter22-and-more", "schlüssel-ä", "short"].map { Secret($0) })
        #expect(redactor.redact(text) == expected)
    }
}
