import TransportKit

extension GatewayBenchmark {
    private static let streams = 32

    /// What a stream costs: its first token's delay, and CPU for each chunk.
    func streaming(_ subjects: Pair<Subject>) async throws -> [Figure] {
        let direct = Subject.direct(mock)
        var firstToken = Pair<[Double]>(gateway: [], nginx: [])
        say("time to first token")
        for _ in 0..<options.repetitions {
            let base = try await timeToFirstToken(direct)
            firstToken.nginx.append(try await timeToFirstToken(subjects.nginx) - base)
            firstToken.gateway.append(try await timeToFirstToken(subjects.gateway) - base)
        }
        let paced = try await inTurn("paced streams", subjects) { try await cpuPerChunk($0, .pacedStream) }
        let burst = try await inTurn("streams at once", subjects) { try await cpuPerChunk($0, .burst) }
        return [
            Figure("gateway.first-token", .milliseconds, firstToken, isDifference: true) { $0 / 1e6 },
            Figure("gateway.cpu-per-chunk", .microseconds, paced) { $0 / 1e3 },
            Figure("gateway.cpu-per-burst-chunk", .microseconds, burst) { $0 / 1e3 },
        ]
    }

    /// The middle of the times from request to first event, while short streams run side by side.
    private func timeToFirstToken(_ subject: Subject) async throws -> Double {
        // Streams that begin together would wait for each other.
        let streams = try await tool.streams(
            subject.request(.tokens),
            count: Self.streams,
            longestPause: .milliseconds(50)
        )
        // The first ones came all at once.
        _ = try await streams.figures()
        try await Task.sleep(for: .seconds(options.seconds))
        let figures = try await streams.figures()
        await streams.close()
        return figures.firstEvents.quantile(0.5)
    }

    /// CPU time for each chunk that comes and goes, openings left out where streams are long.
    private func cpuPerChunk(_ subject: Subject, _ behaviour: MockBehaviour) async throws -> Double {
        let streams = try await tool.streams(subject.request(behaviour), count: Self.streams)
        try await Task.sleep(for: .milliseconds(100))
        let (first, cpu) = (try await streams.figures(), try subject.cpu())
        try await Task.sleep(for: .seconds(options.seconds))
        let (last, end) = (try await streams.figures(), try subject.cpu())
        await streams.close()
        guard last.events > first.events else { throw TransportError(.other, "no chunks came through \(subject.name)") }
        return (end - cpu) / Double(last.events - first.events)
    }

    /// Memory for each stream that is open and silent.
    func idleStreams() async throws -> [Figure] {
        var subjects: [Subject] = []
        for plan in [plans.gateway, plans.nginx] { subjects.append(try await start(plan)) }
        let pair = Pair(gateway: subjects[0], nginx: subjects[1])
        let memory = try await inTurn("\(options.idleStreams) idle streams", pair, repetitions: 1) { subject in
            let before = try subject.memory()
            let streams = try await tool.streams(subject.request(.hold), count: options.idleStreams)
            let after = try subject.memory()
            await streams.close()
            return (after - before) / Double(options.idleStreams)
        }
        for subject in subjects { try await subject.stop() }
        return [Figure("gateway.memory-stream", .kibibytes, memory) { $0 / 1024 }]
    }

    /// How soon the upstream's connection is closed when the caller has left.
    func departures(_ subjects: Pair<Subject>) async throws -> [Figure] {
        let early = try await inTurn("leaving before the first token", subjects, repetitions: options.departures) {
            try departure($0, .silent)
        }
        let late = try await inTurn("leaving in the middle", subjects, repetitions: options.departures) {
            try departure($0, .hold)
        }
        return [("before-first-token", early), ("mid-stream", late)].flatMap { name, times in
            [
                Figure("gateway.leave-\(name)", .milliseconds, times) { $0 },
                Figure(
                    name: "gateway.leave-\(name)-max",
                    unit: .milliseconds,
                    gateway: [times.gateway.max() ?? 0],
                    nginx: [times.nginx.max() ?? 0]
                ),
            ]
        }
    }

    private func departure(_ subject: Subject, _ behaviour: MockBehaviour) throws -> Double {
        let before = mock.events
        let call = try SingleCall.begin(subject.request(behaviour))
        if behaviour == .hold { try call.waitForAnswer(firstEvent: true) }
        try wait("the upstream saw no request of \(subject.name)") { mock.events.begun > before.begun }
        let left = call.leave()
        try wait("\(subject.name) did not close its upstream") {
            mock.events.departures.count > before.departures.count
        }
        let seen = mock.events.departures[before.departures.count]
        return (Double(seen) - Double(left)) / 1e6
    }

    private func wait(_ failure: String, until condition: () -> Bool) throws {
        let deadline = monotonicNanoseconds() + 5_000_000_000
        while !condition() {
            guard monotonicNanoseconds() < deadline else { throw TransportError(.other, failure) }
            pause(microseconds: 100)
        }
    }
}
