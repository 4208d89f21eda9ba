import GatewayKit
import Modelplex
import ProviderKit
import TransportKit

extension ProvidersCommand {
    /// Where a gateway may be found.
    struct GatewayPlace: Sendable, Hashable {
        /// The address for people.
        var name: String
        /// The URL without a path.
        var url: String
        /// The socket, where it is one.
        var socket: String?
    }

    static func reset(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try PlexSession(arguments, context)
        var places: [GatewayPlace]
        var key = session.environment["PLEX_SERVER_KEY"].flatMap { $0.isEmpty ? nil : Secret($0) }
        if let server = arguments.value(of: .gateway) {
            places = [try place(of: server)]
        } else {
            let settings = try session.configuration().server
            places = self.places(of: settings.listen)
            key = key ?? settings.accessKeys.lazy.compactMap(\.key.secret).first
        }
        guard !places.isEmpty else {
            throw Failure(
                .configuration,
                "server.listen has no address for the host; name the gateway with --server URL"
            )
        }
        context.beginCancellable()
        let client = Plex.makeTransport(environment: session.environment)
        var body = JSONObject()
        body["provider"] = arguments.positionals.first.map { .string($0) }
        for place in places {
            guard let answer = try await send(JSONValue.object(body), to: place, key: key, through: client) else {
                continue
            }
            guard let count = answer["reset"]?.int else { throw refusal(answer, place) }
            if arguments.has(.json) {
                try context.console.print(answer.serializedString + "\n")
            } else {
                try context.console.print(words(count))
            }
            return
        }
        let names = places.map(\.name).joined(separator: " or ")
        throw Failure(
            .unavailable,
            "no gateway answers at \(names); start one with 'plexctl serve', or name it with --server URL"
        )
    }

    /// What was done, in words.
    static func words(_ count: Int) -> String {
        switch count {
        case 0: "nothing was held against anybody\n"
        case 1: "1 target is asked again\n"
        default: "\(count) targets are asked again\n"
        }
    }

    /// Where a gateway listens for its host, sockets first.
    static func places(of addresses: [ListenAddress]) -> [GatewayPlace] {
        var (sockets, ports): ([GatewayPlace], [GatewayPlace]) = ([], [])
        for address in addresses {
            switch address {
            case .unix(let path, _, _, .host):
                sockets.append(GatewayPlace(name: "unix:\(path)", url: "http://localhost", socket: path))
            case .tcp(let host, let port, .host) where port > 0:
                // An address for all of the machine's is also at home.
                let own = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
                let url = "http://\(own.contains(":") ? "[\(own)]" : own):\(port)"
                ports.append(GatewayPlace(name: url, url: url, socket: nil))
            default: break
            }
        }
        return sockets + ports
    }

    private static func place(of server: String) throws(Failure) -> GatewayPlace {
        if server.hasPrefix("unix:") {
            let path = String(server.dropFirst("unix:".count).prefix { $0 != ":" })
            if !path.isEmpty { return GatewayPlace(name: "unix:\(path)", url: "http://localhost", socket: path) }
        }
        for scheme in ["http://", "https://"] where server.hasPrefix(scheme) {
            let authority = server.dropFirst(scheme.count).prefix { $0 != "/" }
            if !authority.isEmpty { return GatewayPlace(name: server, url: scheme + authority, socket: nil) }
        }
        throw Failure(.usage, "'\(server)' is no server: expected http://HOST:PORT, https://HOST or unix:PATH")
    }

    /// The answer's body; `nil`, if nobody listens there.
    private static func send(
        _ body: JSONValue,
        to place: GatewayPlace,
        key: Secret?,
        through client: HTTPClient
    ) async throws(Failure) -> JSONValue? {
        // A gateway asks for no key at a socket, and who listens there instead need not get one.
        let credentials = key.flatMap { key in
            place.socket == nil ? ["authorization": Secret("Bearer " + key.withText { $0 })] : nil
        }
        let request = HTTPRequest(
            method: "POST",
            url: place.url + "/_internal/providers/reset",
            unixSocketPath: place.socket,
            fields: ["content-type": "application/json"],
            credentials: credentials ?? [:],
            body: .bytes(Array(body.serializedString.utf8)),
            timeouts: Timeouts(connect: .seconds(5), firstByte: .seconds(10), idle: .seconds(10), total: .seconds(20))
        )
        do throws(TransportError) {
            let response = try await client.send(request)
            let bytes = try await response.body.collect(upTo: 1 << 20)
            return (try? JSONValue(parsing: bytes)) ?? ["status": .number(JSONNumber(response.status))]
        } catch {
            if error.code == .connect { return nil }
            throw Failure(.unavailable, "the gateway at \(place.name) does not answer: \(error)")
        }
    }

    private static func refusal(_ answer: JSONValue, _ place: GatewayPlace) -> Failure {
        guard let message = answer["error"]?["message"]?.string else {
            return Failure(.wrongProtocol, "what answers at \(place.name) is no gateway of this version")
        }
        return Failure(.unavailable, "the gateway at \(place.name) refuses: \(message)")
    }
}
