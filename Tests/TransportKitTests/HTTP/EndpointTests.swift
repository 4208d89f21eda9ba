import Testing

@testable import TransportKit

@Suite
struct EndpointTests {
    @Test(arguments: [
        ("https://api.openai.com/v1", "https://api.openai.com/v1", nil, "https://api.openai.com/v1"),
        ("https://api.openai.com/v1//", "https://api.openai.com/v1", nil, "https://api.openai.com/v1"),
        ("HTTP://127.0.0.1:8080/", "HTTP://127.0.0.1:8080", nil, "HTTP://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]:80", nil, "http://[::1]:80"),
        ("unix:/run/a.sock", "http://localhost", "/run/a.sock", "unix:/run/a.sock"),
        ("unix:/run/a b.sock:/v1/", "http://localhost/v1", "/run/a b.sock", "unix:/run/a b.sock:/v1"),
        ("unix:engine.sock", "http://localhost", "engine.sock", "unix:engine.sock"),
    ])
    func reads(_ text: String, base: String, path: String?, description: String) throws {
        let endpoint = try Endpoint(parsing: text)
        #expect(endpoint.base == base)
        #expect(endpoint.unixSocketPath == path)
        #expect(endpoint.description == description)
    }

    @Test(arguments: [
        "", "api.openai.com", "ftp://host/", "https://", "https://:443", "https://user:secret@host/v1",
        "https://host/#a",
        "https://host/?a=b", "https://host\n/v1", "https://host/\u{0}", "https://host:0/", "https://host:65536",
        "https://host:+1", "https://host:8o", "https://[::1", "https://[::1]x", "unix:", "unix::/v1", "unix:/a\n",
        "unix:/a:/v 1", "unix:/" + String(repeating: "a", count: 107), "https://host\\@evil/",
    ])
    func refuses(_ text: String) {
        let error = #expect(throws: TransportError.self) { try Endpoint(parsing: text) }
        #expect(error?.code == .invalidURL)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: [
        ("https://h/v1", "/models", "https://h/v1/models"), ("https://h/v1", "models?a=b", "https://h/v1/models?a=b"),
        ("https://h", "", "https://h"), ("unix:/s:/v1", "/x", "http://localhost/v1/x"),
    ])
    func makesURLs(_ endpoint: String, _ path: String, _ url: String) throws {
        #expect(try Endpoint(parsing: endpoint).url(path: path) == url)
    }

    @Test(arguments: [
        ("http://localhost", true), ("http://a.localhost:1", true), ("http://127.9.9.9", true),
        ("https://[::1]/", true),
        ("http://127.0.0.1.evil.example", false), ("http://localhost.example", false), ("http://10.0.0.1", false),
    ])
    func knowsLoopback(_ url: String, _ isLoopback: Bool) throws {
        #expect(try Origin(url: url).isLoopback == isLoopback)
    }
}
