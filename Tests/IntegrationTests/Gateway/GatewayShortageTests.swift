import FoundationEssentials
import Glibc
import ProviderTesting
import Testing
import TransportKit

/// A gateway that runs out of something, and has it again.
@Suite(.serialized, .timeLimit(.minutes(5))) struct GatewayShortageTests {
    // MARK: Descriptors

    /// Takes connections until the gateway says that it cannot accept more, and gives them.
    private static func exhaust(_ gateway: GatewayProcess) async throws -> [Int32] {
        var connections: [Int32] = []
        // More than the gateway may have; those that it cannot accept wait in the kernel's queue.
        for _ in 0..<100 { connections.append(try connect(to: gateway.socket(.unixGuest))) }
        #expect(try await gateway.child.errorLine(containing: "No connection can be accepted") != nil)
        return connections
    }

    private static func connect(to path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw RigError(description: "cannot connect to \(path): error \(errno)")
        }
        return descriptor
    }

    /// The processor time that a process has used, in hundredths of a second.
    private static func ticks(_ gateway: GatewayProcess) throws -> Int {
        let stat = FileManager.default.contents(atPath: "/proc/\(gateway.child.processID)/stat") ?? Data()
        let fields = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else {
            throw RigError(description: "the gateway has no /proc/PID/stat")
        }
        return user + system
    }

    @Test("Without descriptors the gateway says so, idles, and serves again when there are some")
    func noDescriptors() async throws {
        let upstream = try await ScriptedUpstream { request in
            request.isModelListing ? .models(["m"]) : .text("Hello")
        }
        let gateway = try await GatewayProcess.start(
            server: "max_connections = 1000",
            providers: upstream.provider("up", more: #"models = ["m"]"#),
            under: ["/usr/bin/prlimit", "--nofile=72:72", "--"]
        )
        #expect(try await gateway.chat("up/m").content == "Hello")
        let connections = try await Self.exhaust(gateway)

        // It looks for room ten times a second, which takes next to nothing of the time that passes meanwhile.
        let (used, clock) = (try Self.ticks(gateway), ContinuousClock())
        let began = clock.now
        // A share of time needs time that passes.
        let loop = EventLoopGroup.shared.loops[0]
        await withCheckedContinuation { passed in
            loop.execute { loop.schedule(afterSystemTime: .seconds(1)) { passed.resume() } }
        }
        let share = Double(try Self.ticks(gateway) - used) / 100 / ((clock.now - began) / .seconds(1))
        #expect(share < 0.5, "it used \(share) of a processor while it could do nothing")

        for connection in connections { close(connection) }
        for dialect in WireDialect.allCases {
            let (answer, view) = try await gateway.view("up/m", in: dialect, isStreamed: true)
            #expect(answer.status == 200 && view.text == "Hello", "\(answer.text)")
        }
        await upstream.shutdown()
    }

    @Test("Callers for whom there is no connection to a provider are told to come again, and no provider is blamed")
    func noDescriptorForTheProvider() async throws {
        let gate = Gate()
        let upstream = try await ScriptedUpstream { request in
            request.isModelListing ? .models(["m"]) : .text("Hello there", waitingAt: gate)
        }
        let gateway = try await GatewayProcess.start(
            server: "max_connections = 1000",
            providers: upstream.provider("up", more: #"models = ["m"]"#),
            under: ["/usr/bin/prlimit", "--nofile=128:128", "--"]
        )
        // These callers have connections, and their providers share half of what callers leave, sixteen descriptors.
        let callers = try (0..<40).map { _ in try Self.connect(to: gateway.socket(.unixGuest)) }
        let others = try await Self.exhaust(gateway)
        let answers = try callers.map(Self.ask)
        let refused = answers.filter { $0.hasPrefix("HTTP/1.1 503 ") }
        #expect(refused.count >= 10 && answers.count { $0.hasPrefix("HTTP/1.1 200 ") } + refused.count == callers.count)
        for answer in refused {
            #expect(answer.lowercased().contains("retry-after: 1\r\n") && answer.contains("ulimit -n"), "\(answer)")
        }
        gate.open()
        for connection in callers + others { close(connection) }
        // None of it was the provider's fault: as soon as there is a descriptor it is asked again.
        var next = try await gateway.chat("up/m")
        while next.status == 503, next.text.contains("ulimit -n") { next = try await gateway.chat("up/m") }
        #expect(next.content == "Hello there", "\(next.text)")
        await upstream.shutdown()
    }

    /// Sends a request for a stream and reads the answer's beginning, or all of an error.
    private static func ask(_ descriptor: Int32) throws -> String {
        let body = JSONValue.chat("up/m", isStreamed: true).serialized
        let head =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.count)\r\n\r\n"
        let request = Array(head.utf8) + body
        let sent = unsafe request.withUnsafeBytes { bytes in
            unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == request.count else { throw RigError(description: "the request was not taken: error \(errno)") }
        var answer = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !answer.hasPrefix("HTTP/1.1 200 "), !answer.hasSuffix("}}") {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { break }
            answer += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return answer
    }

    // MARK: Room on a disk

    /// Runs a command in a mount namespace of its own, in which a full file system of 256 KiB is mounted at a place.
    private static func onFullDisk(_ folder: String) -> [String] {
        [
            "/usr/bin/unshare", "--mount", "/bin/sh", "-c",
            """
            mount -t tmpfs -o size=256k,mode=700 tmpfs "$0" || exit 1
            head -c 1000000 /dev/zero > "$0/filler" 2>/dev/null
            exec "$@"
            """, folder,
        ]
    }

    /// Whether this process may mount.
    private static let mayMount: Bool = {
        guard getuid() == 0 else { return false }
        let capabilities = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
        let line = String(decoding: capabilities, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("CapEff:")
        }
        let mask = line.flatMap { UInt64($0.dropFirst("CapEff:".count).filter(\.isHexDigit), radix: 16) } ?? 0
        return mask >> 21 & 1 == 1  // CAP_SYS_ADMIN
    }()

    @Test(
        "A full disk under the log loses lines, says so, and stops nobody",
        .enabled(if: mayMount, "only root may mount the full disk that this needs")
    )
    func fullDiskUnderTheLog() async throws {
        let upstream = try await ScriptedUpstream { request in
            request.isModelListing ? .models(["m"]) : .text("Hello")
        }
        let folder = try TestFolder()
        let disk = "\(folder.path)/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        let gateway = try await GatewayProcess.start(
            server: #"log_file = "\#(disk)/serve.log""#,
            providers: upstream.provider("up", more: #"models = ["m"]"#),
            under: Self.onFullDisk(disk),
            in: folder
        )
        for _ in 0..<20 { #expect(try await gateway.chat("up/m").content == "Hello") }
        #expect(try await gateway.child.errorLine(containing: "No space left") != nil)
        // The disk as the gateway sees it.
        let seen = "/proc/\(gateway.child.processID)/root\(disk)"
        #expect(unsafe unlink("\(seen)/filler") == 0)
        while !gateway.child.errorOutput.contains("is written again") {
            #expect(try await gateway.chat("up/m").content == "Hello")
        }
        #expect(try await gateway.chat("up/m").content == "Hello")
        #expect(gateway.child.errorOutput.ranges(of: "No space left").count == 1, "it was told more than once")
        await upstream.shutdown()
    }

    @Test(
        "A full disk under the stores is told, and what they had is kept",
        .enabled(if: mayMount, "only root may mount the full disk that this needs")
    )
    func fullDiskUnderTheStores() async throws {
        let folder = try TestFolder()
        let disk = "\(folder.path)/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        let script = """
            set -u
            export HOME="$0"
            set_key() { head -c "$2" /dev/zero | tr '\\0' "$3" | "$1" auth set "$4" --from-stdin; }
            set_key "$1" 20 a first || exit 11
            head -c 10000000 /dev/zero > "$0/filler" 2>/dev/null
            number=0
            while set_key "$1" 3000 b "more$number"; do
                number=$((number + 1)); [ $number -lt 200 ] || exit 12
            done
            "$1" auth list --json || exit 13
            rm "$0/filler"
            set_key "$1" 20 c last || exit 14
            "$1" auth list --json
            """
        let child = try await ChildProcess(
            "/usr/bin/unshare",
            [
                "--mount", "/bin/sh", "-c",
                #"mount -t tmpfs -o size=512k,mode=700 tmpfs "$0" && exec /bin/sh -c "$2" "$0" "$1""#, disk,
                GatewayProcess.program,
                script,
            ],
            environment: ["PATH": "/usr/bin:/bin"]
        )
        let outcome = try await child.outcome()
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errorOutput)")
        #expect(outcome.errorOutput.contains("make room"), "\(outcome.errorOutput)")
        #expect(!outcome.errorOutput.contains("bbbb"))
        #expect(outcome.output.ranges(of: "first").count >= 2 && outcome.output.contains("last"), "\(outcome.output)")
    }
}
