import CLinux
import Glibc
import Testing

@testable import TransportKit

/// Against `openssl s_server` with a certificate that no authority signed.
@Suite(.timeLimit(.minutes(5)), .enabled(if: TLSServer.isAvailable))
struct HTTPTLSTests {
    private func client(_ change: (inout HTTPClient.TLS) -> Void) -> HTTPClient {
        var configuration = HTTPClient.Configuration.forTests()
        change(&configuration.tls)
        return HTTPClient(configuration: configuration)
    }

    @Test func verifiesTheCertificate() async throws {
        let server = try TLSServer()
        let untrusting = await #expect(throws: TransportError.self) {
            try await client { _ in }.send(HTTPRequest(url: server.url))
        }
        #expect(untrusting?.code == .tls)
        #expect(untrusting?.tlsFault == .certificate)
        #expect(untrusting?.message.contains("name its file") == true)

        let trusting = try await client { $0.authorityFile = server.certificate }.send(HTTPRequest(url: server.url))
        #expect(trusting.status == 200)
        #expect(try await trusting.text().contains("s_server"))

        let wrongName = server.url.replacing("127.0.0.1", with: "localhost")
        let strict = await #expect(throws: TransportError.self) {
            try await client { $0.authorityFile = server.certificate }.send(HTTPRequest(url: wrongName))
        }
        #expect(strict?.code == .tls)

        let careless = try await client { $0.acceptsInvalidCertificates = true }.send(HTTPRequest(url: wrongName))
        #expect(careless.status == 200)
    }

    @Test func missingAuthorityFileIsNamed() async throws {
        let server = try TLSServer()
        let error = await #expect(throws: TransportError.self) {
            try await client { $0.authorityFile = "/no/such/file.pem" }.send(HTTPRequest(url: server.url))
        }
        #expect(error?.code == .tls)
        #expect(error?.message.contains("/no/such/file.pem") == true)
    }

    @Test func plainServerIsNoTLSServer() async throws {
        let server = try LocalServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForClose()
        }
        let error = await #expect(throws: TransportError.self) {
            try await client { _ in }.send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))
        }
        #expect(error?.code == .tls)
        #expect(error?.tlsFault == .plainText)
        #expect(error?.message.contains("does it speak plain http?") == true)
    }
}

/// A child process that serves a status page over TLS on a free port.
final class TLSServer: Sendable {
    static let isAvailable = unsafe access("/usr/bin/openssl", X_OK) == 0

    let port: Int
    let certificate: String
    private let child: pid_t
    private let output: Int32

    var url: String { "https://127.0.0.1:\(port)/" }

    init() throws {
        let stem = "/tmp/plex-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        certificate = stem + ".pem"
        let key = stem + ".key"
        defer { unsafe _ = unlink(key) }
        let maker = try Self.spawn([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ])
        _ = waitpid(maker.child, nil, 0)
        close(maker.output)
        (child, output) = try Self.spawn([
            "s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate,
        ])
        // Its first words are `ACCEPT 127.0.0.1:port`.
        var text = ""
        while !text.contains("\n") || !text.contains("ACCEPT") {
            var buffer = [UInt8](repeating: 0, count: 512)
            let count = unsafe read(output, &buffer, buffer.count)
            guard count > 0 else { throw Pipe.Failure() }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT") } ?? ""
        port = Int(line.split(separator: ":").last ?? "") ?? 0
    }

    deinit {
        kill(child, SIGKILL)
        _ = waitpid(child, nil, 0)
        close(output)
        unsafe _ = unlink(certificate)
    }

    private static func spawn(_ arguments: [String]) throws -> (child: pid_t, output: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw Pipe.Failure() }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words = unsafe (["openssl"] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var child = pid_t()
        // The sockets of other tests must not live on in the child.
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        let code = unsafe posix_spawn(&child, "/usr/bin/openssl", &actions, nil, &words, environ)
        close(ends[1])
        guard code == 0 else { throw Pipe.Failure() }
        return (child, ends[0])
    }
}
