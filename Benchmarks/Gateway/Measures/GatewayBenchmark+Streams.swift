import TransportKit

extension GatewayBenchmark {
    private static let streams = 32
    /// The pause after each chunk of a paced stream.
    private static let pace = 10_000_000.0

    /// What a stream costs: its first token's delay, and CPU for each chunk.
    func streaming(_ subjects: Pair<Subject>) async throws -> [Figure] {
        var figures: [Figure] = []
        for count in options.streams { figures += try await delays(subjects, streams: count) }
        let paced = try await inTurn("paced streams", subjects) { try await chunks($0, .pacedStream) }
        let burst = try await inTurn("streams at once", subjects) { try await chunks($0, .burst) }
        return figures + [
            Figure("\(name).cpu-per-chunk", .microseconds, paced) { $0.cpu / 1e3 },
            Figure("\(name).cpu-per-burst-chunk", .microseconds, burst) { $0.cpu / 1e3 },
            Figure("\(name).burst-chunks", .perSecond, burst) { $0.rate },
        ]
    }

    private struct Delays {
        var firstToken: Double
        /// What 99 of 100 pauses between chunks do not exceed, over the pause itself.
        var jitter: Double
    }

    /// What a server adds to the time to the first token, and to the pauses between tokens.
    private func delays(_ subjects: Pair<Subject>, streams count: Int) async throws -> [Figure] {
        let direct = Subject.direct(mock)
        say("delays in \(count) streams")
        var (tokens, jitters) = (Pair<[Double]>(gateway: [], nginx: []), Pair<[Double]>(gateway: [], nginx: []))
        for _ in 0..<options.repetitions {
            let base = try await delays(direct, streams: count)
            for (subject, keyPath) in [
                (subjects.nginx, \Pair<[Double]>.nginx), (subjects.gateway, \Pair<[Double]>.gateway),
            ] {
                let delays = try await delays(subject, streams: count)
                tokens[keyPath: keyPath].append(delays.firstToken - base.firstToken)
                jitters[keyPath: keyPath].append(delays.jitter)
            }
        }
        return [
            Figure("\(name).first-token-\(count)", .milliseconds, tokens, isDifference: true) { $0 / 1e6 },
            Figure("\(name).jitter-\(count)-p99", .milliseconds, jitters) { $0 / 1e6 },
        ]
    }

    /// Measures while short streams run side by side.
    private func delays(_ subject: Subject, streams count: Int) async throws -> Delays {
        // Streams that begin together would wait for each other.
        let streams = try await tool.streams(
            subject.request(.tokens),
            count: count,
            longestPause: .milliseconds(50)
        )
        // The first ones came all at once.
        _ = try await streams.figures()
        try await Task.sleep(for: .seconds(options.seconds))
        let figures = try await streams.figures()
        await streams.close()
        return Delays(
            firstToken: figures.firstEvents.quantile(0.5),
            jitter: figures.pauses.quantile(0.99) - Self.pace
        )
    }

    /// CPU time in nanoseconds for each chunk that comes and goes, openings left out where streams are long, and how many chunks
    /// come in a second.
    private func chunks(_ subject: Subject, _ behaviour: MockBehaviour) async throws -> (cpu: Double, rate: Double) {
        let streams = try await tool.streams(subject.request(behaviour), count: Self.streams)
        try await Task.sleep(for: .milliseconds(100))
        let (first, cpu) = (try await streams.figures(), try subject.cpu())
        let start = monotonicNanoseconds()
        try await Task.sleep(for: .seconds(options.seconds))
        let (last, end) = (try await streams.figures(), try subject.cpu())
        let seconds = Double(monotonicNanoseconds() - start) / 1e9
        await streams.close()
        guard last.events > first.events else { throw TransportError(.other, "no chunks came through \(subject.name)") }
        let events = Double(last.events - first.events)
        return ((end - cpu) / events, events / seconds)
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
        return [Figure("\(name).memory-stream", .kibibytes, memory) { $0 / 1024 }]
    }

    /// How soon the upstream's connection is closed when the caller has left.
    func departures(_ subjects: Pair<Subject>) async throws -> [Figure] {
        let early = try await inTurn("leaving before the first token", subjects, repetitions: options.departures) {
            try departure($0, .silent)
        }
        let late = try await inTurn("leaving in the middle", subjects, repetitions: options.departures) {
            try departure($0, .hold)
        }
        return [("before-first-token", early), ("mid-stream", late)].flatMap { place, times in
            [
                Figure("\(name).leave-\(place)", .milliseconds, times) { $0 },
                Figure(
                    name: "\(name).leave-\(place)-max",
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
