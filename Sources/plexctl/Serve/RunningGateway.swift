import GatewayKit
import Modelplex
import ProviderKit
import TransportKit

/// A gateway that runs, as commands tell it something.
struct RunningGateway: Sendable {
    /// Where a gateway may be found.
    struct Place: Sendable, Hashable {
        /// The address for people.
        var name: String
        /// The URL without a path.
        var url: String
        /// The socket, where it is one.
        var socket: String?
    }

    /// What a gateway said.
    struct Answer: Sendable {
        var place: Place
        var status: Int
        var body: JSONValue
    }

    /// Where it may be, in the order of trying.
    let places: [Place]
    private let key: Secret?
    private let client: HTTPClient

    /// Finds out where a gateway may be: where the command line says, else where the configuration has one listen for its host.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - session: What leads to the configuration.
    /// - Throws: `Failure`, if the command line is wrong, or the configuration where it is needed.
    init(_ arguments: Arguments, _ session: PlexSession) throws(Failure) {
        var key = session.environment["PLEX_SERVER_KEY"].flatMap { $0.isEmpty ? nil : Secret($0) }
        if let socket = arguments.value(of: .gatewaySocket) {
            places = [Place(name: "unix:\(socket)", url: "http://localhost", socket: socket)]
        } else if let server = arguments.value(of: .gateway) {
            places = [try Self.place(of: server)]
        } else {
            let settings = try session.configuration().server
            places = Self.places(of: settings.listen)
            key = key ?? settings.accessKeys.lazy.compactMap(\.key.secret).first
        }
        guard !places.isEmpty else {
            throw Failure(
                .configuration,
                "server.listen has no address for the host; name the gateway with --socket PATH or --server URL"
            )
        }
        self.key = key
        client = Plex.makeTransport(environment: session.environment)
    }

    /// Sends a request to the first place where somebody listens.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - body: What is told.
    ///   - time: How long the answer may take.
    /// - Returns: The answer.
    /// - Throws: `Failure`, if nobody answers.
    func post(_ path: String, _ body: JSONValue, within time: Duration) async throws(Failure) -> Answer {
        for place in places {
            if let answer = try await send(path, body, to: place, within: time) { return answer }
        }
        let names = places.map(\.name).joined(separator: " or ")
        throw Failure(
            .unavailable,
            "no gateway answers at \(names); start one with 'plexctl serve', or name it with --socket PATH or --server URL"
        )
    }

    /// Where a gateway listens for its host, sockets first.
    static func places(of addresses: [ListenAddress]) -> [Place] {
        var (sockets, ports): ([Place], [Place]) = ([], [])
        for address in addresses {
            switch address {
            case .unix(let path, _, _, .host):
                sockets.append(Place(name: "unix:\(path)", url: "http://localhost", socket: path))
            case .tcp(let host, let port, .host) where port > 0:
                // An address for all of the machine's is also at home.
                let own = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
                let url = "http://\(own.contains(":") ? "[\(own)]" : own):\(port)"
                ports.append(Place(name: url, url: url, socket: nil))
            default: break
            }
        }
        return sockets + ports
    }

    private static func place(of server: String) throws(Failure) -> Place {
        if server.hasPrefix("unix:") {
            let path = String(server.dropFirst("unix:".count).prefix { $0 != ":" })
            if !path.isEmpty { return Place(name: "unix:\(path)", url: "http://localhost", socket: path) }
        }
        for scheme in ["http://", "https://"] where server.hasPrefix(scheme) {
            let authority = server.dropFirst(scheme.count).prefix { $0 != "/" }
            if !authority.isEmpty { return Place(name: server, url: scheme + authority, socket: nil) }
        }
        throw Failure(.usage, "'\(server)' is no server: expected http://HOST:PORT, https://HOST or unix:PATH")
    }

    /// The answer; `nil`, if nobody listens there.
    private func send(
        _ path: String,
        _ body: JSONValue,
        to place: Place,
        within time: Duration
    ) async throws(Failure) -> Answer? {
        // A gateway asks for no key at a socket, and who listens there instead need not get one.
        let credentials = key.flatMap { key in
            place.socket == nil ? ["authorization": Secret("Bearer " + key.withText { $0 })] : nil
        }
        let request = HTTPRequest(
            method: "POST",
            url: place.url + path,
            unixSocketPath: place.socket,
            fields: ["content-type": "application/json"],
            credentials: credentials ?? [:],
            body: .bytes(Array(body.serializedString.utf8)),
            timeouts: Timeouts(connect: .seconds(5), firstByte: time, idle: time, total: time)
        )
        do throws(TransportError) {
            let response = try await client.send(request)
            let bytes = try await response.body.collect(upTo: 1 << 20)
            let body = try? JSONValue(parsing: bytes)
            return Answer(place: place, status: response.status, body: body ?? [:])
        } catch {
            if error.code == .connect { return nil }
            throw Failure(.unavailable, "the gateway at \(place.name) does not answer: \(error)")
        }
    }
}

extension RunningGateway.Answer {
    /// What the gateway said is wrong, or that it is none.
    var refusal: Failure {
        guard let message = body["error"]?["message"]?.string else {
            return Failure(.wrongProtocol, "what answers at \(place.name) is no gateway of this version")
        }
        return Failure(.unavailable, "the gateway at \(place.name) refuses: \(message)")
    }
}
