import Testing

@testable import Modelplex

@Suite struct OllamaHostTests {
    @Test(
        "Ollama's own variable is read as Ollama reads it",
        arguments: [
            (nil, "http://127.0.0.1:11434"), ("", "http://127.0.0.1:11434"), ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:9000", "http://127.0.0.1:9000"), (":9000", "http://127.0.0.1:9000"),
            ("[::]:9000", "http://127.0.0.1:9000"), ("box", "http://box:11434"), ("box:9000", "http://box:9000"),
            ("::1", "http://[::1]:11434"), ("[::1]", "http://[::1]:11434"), ("[::1]:9000", "http://[::1]:9000"),
            ("https://box", "https://box"), ("http://box:9000/", "http://box:9000"),
            ("https://box/ollama", "https://box/ollama"), ("http://0.0.0.0:9000", "http://127.0.0.1:9000"),
        ] as [(String?, String)]
    )
    func address(_ host: String?, _ url: String) {
        #expect(OllamaHost.baseURL(host) == url)
    }
}
