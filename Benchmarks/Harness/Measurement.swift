internal import CLinux

/// What one case cost, for each operation.
struct Measurement: Sendable {
    /// The case's name, `group.case`.
    let name: String
    /// Wall time of the fastest sample, in nanoseconds.
    let fastest: Double
    /// Wall time of the sample in the middle, in nanoseconds.
    let median: Double
    /// CPU time of the process in the sample with the least, in nanoseconds.
    let cpu: Double
    /// Bytes that an operation works on.
    var bytes: Int?
    /// Name of the case that this one is held against.
    var reference: String?
    /// Resident memory in bytes, for a case that measures it instead of time.
    var residentBytes: Int?
}

/// Runs a body in samples of a fixed number of operations, after a warm-up.
struct Sampler {
    var samples = 21
    var warmUp = 3

    /// Measures work that is done at once.
    func measure(
        _ name: String,
        operations: Int,
        bytes: Int? = nil,
        reference: String? = nil,
        _ body: () throws -> Void
    ) rethrows -> Measurement {
        var series = Series(operations: operations)
        for sample in 0..<(warmUp + samples) {
            let start = Reading.now
            for _ in 0..<operations {
                try body()
            }
            if sample >= warmUp { series.add(from: start, to: .now) }
        }
        return series.measurement(name: name, bytes: bytes, reference: reference)
    }

    /// Measures work that suspends.
    func measure(
        _ name: String,
        operations: Int,
        reference: String? = nil,
        _ body: () async throws -> Void
    ) async rethrows -> Measurement {
        var series = Series(operations: operations)
        for sample in 0..<(warmUp + samples) {
            let start = Reading.now
            for _ in 0..<operations {
                try await body()
            }
            if sample >= warmUp { series.add(from: start, to: .now) }
        }
        return series.measurement(name: name, bytes: nil, reference: reference)
    }
}

/// Keeps the optimiser from dropping a result.
@inline(never)
@_optimize(none)
func keep<T>(_ value: T) {}

/// The time on the clocks of the wall and of this process.
struct Reading {
    let wall: Double
    let cpu: Double

    static var now: Reading {
        Reading(wall: nanoseconds(of: CLOCK_MONOTONIC), cpu: nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID))
    }

    private static func nanoseconds(of clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

/// Costs of several samples of the same work.
struct Series {
    let operations: Int
    var wall: [Double] = []
    var cpu: [Double] = []

    init(operations: Int) {
        self.operations = operations
    }

    mutating func add(from start: Reading, to end: Reading) {
        wall.append((end.wall - start.wall) / Double(operations))
        cpu.append((end.cpu - start.cpu) / Double(operations))
    }

    /// Adds a time that was measured otherwise, in nanoseconds.
    mutating func add(wall nanoseconds: Double) {
        wall.append(nanoseconds / Double(operations))
    }

    func measurement(name: String, bytes: Int?, reference: String?) -> Measurement {
        let sorted = wall.sorted()
        return Measurement(
            name: name,
            fastest: sorted.first ?? 0,
            median: sorted.isEmpty ? 0 : sorted[sorted.count / 2],
            cpu: cpu.min() ?? 0,
            bytes: bytes,
            reference: reference
        )
    }
}
