internal import CLinux
internal import Glibc

/// A log file that is begun anew when it is large or a day is over.
///
/// A number of old ones is kept as `NAME.1`, `NAME.2` and so on. The file is made with mode 0600. A full disk loses lines but ends nothing: it is told once on standard error, and writing
/// goes on when there is room again.
package final class RotatingLogFile: LogDestination {
    /// When the file is begun anew, and how many old ones are kept.
    package struct Policy: Sendable, Hashable {
        /// The most bytes of a file, if there is a limit; a single line may be longer.
        package var maximumSize: Int?
        /// Whether each day (in UTC, as the lines' times are) has a file of its own.
        package var isDaily: Bool
        /// How many old files are kept.
        package var keptFiles: Int

        package init(maximumSize: Int? = 100 << 20, isDaily: Bool = true, keptFiles: Int = 7) {
            self.maximumSize = maximumSize
            self.isDaily = isDaily
            self.keptFiles = keptFiles
        }
    }

    private struct State: Sendable {
        var file: LogFile
        /// Until when no further rotation is tried, since the last one failed.
        var pause: Duration?
        var hasReported = false
        /// Whether the file's last line is incomplete.
        var isLineOpen = false
    }

    private static let pauseAfterFailure = Duration.seconds(60)

    private let path: String
    private let policy: Policy
    private let now: @Sendable () -> Duration
    private let report: @Sendable (String) -> Void
    private let state: Locked<State>

    /// Opens a log file, or makes it.
    ///
    /// - Parameters:
    ///   - path: The file's path; its folder must be there.
    ///   - policy: When it is begun anew.
    ///   - now: The time since 1970.
    ///   - report: Told what is wrong with the file, and when it is right again.
    /// - Throws: `LogFileError`, if the file cannot be opened.
    package init(
        path: String,
        policy: Policy = Policy(),
        now: @escaping @Sendable () -> Duration = { LogEvent.now },
        report: (@Sendable (String) -> Void)? = nil
    ) throws(LogFileError) {
        self.path = path
        self.policy = policy
        self.now = now
        self.report = report ?? Self.reportToStandardError
        state = Locked(State(file: try LogFile(opening: path)))
    }

    deinit {
        state.withLock { $0.file.close() }
    }

    package func write(_ lines: [UInt8], isGivenUp: () -> Bool) -> Int {
        state.withLock { state in
            if policy.isDaily, let written = state.file.lastWrite, day(of: written) != day(of: now()) {
                rotate(&state)
            }
            guard endLine(&state, isGivenUp) else { return 0 }
            var position = 0
            while position < lines.count {
                let piece = piece(of: lines[position...], &state)
                let (count, error) = state.file.write(piece, at: now(), isGivenUp: isGivenUp)
                position += count
                if count > 0 { state.isLineOpen = lines[position - 1] != .lineFeed }
                guard error == 0 else {
                    let reason = LogFileError.text(of: error)
                    reportOnce("cannot be written: \(reason); lines are dropped until it can", &state)
                    return position
                }
            }
            if state.hasReported, state.pause == nil {
                state.hasReported = false
                report("The log file \(path) is written again.")
            }
            return position
        }
    }

    package func reopen() {
        state.withLock { state in
            do throws(LogFileError) {
                let file = try LogFile(opening: path)
                state.file.close()
                state.file = file
                state.isLineOpen = false
            } catch {
                report("\(error); the log goes on in the file that was open")
            }
        }
    }

    /// Ends a line that a full disk has cut, so that the next one stands alone.
    private func endLine(_ state: inout State, _ isGivenUp: () -> Bool) -> Bool {
        guard state.isLineOpen else { return true }
        guard state.file.write([.lineFeed], at: now(), isGivenUp: isGivenUp).count == 1 else { return false }
        state.isLineOpen = false
        return true
    }

    /// The lines that still fit into the file; begins a new one if none does.
    private func piece(of lines: ArraySlice<UInt8>, _ state: inout State) -> ArraySlice<UInt8> {
        guard let limit = policy.maximumSize, state.file.isRegular else { return lines }
        if let piece = lines.wholeLines(upTo: limit - state.file.size) { return piece }
        if state.file.size > 0 { rotate(&state) }
        if let piece = lines.wholeLines(upTo: limit - state.file.size) { return piece }
        // A line that is longer than a file, or a file that cannot be begun anew: the line is worth more than the limit.
        return lines.firstIndex(of: .lineFeed).map { lines[...$0] } ?? lines
    }

    private func rotate(_ state: inout State) {
        let time = now()
        if let pause = state.pause, time < pause { return }
        guard state.file.isRegular else { return }
        do throws(LogFileError) {
            try shiftOldFiles()
            let file = try LogFile(opening: path)
            state.file.close()
            state.file = file
            state.isLineOpen = false
            state.pause = nil
        } catch {
            state.pause = time + Self.pauseAfterFailure
            reportOnce("cannot be begun anew: \(error.reason); it grows on until it can", &state)
        }
    }

    private func shiftOldFiles() throws(LogFileError) {
        guard policy.keptFiles > 0 else {
            unsafe unlink(path)
            return
        }
        for number in stride(from: policy.keptFiles - 1, to: 0, by: -1) {
            // Numbers may be missing; the oldest is overwritten.
            unsafe rename("\(path).\(number)", "\(path).\(number + 1)")
        }
        guard unsafe rename(path, "\(path).1") == 0 || errno == ENOENT else {
            throw LogFileError(path: path, reason: LogFileError.text(of: errno))
        }
    }

    private func reportOnce(_ text: String, _ state: inout State) {
        guard !state.hasReported else { return }
        state.hasReported = true
        report("The log file \(path) \(text).")
    }

    private func day(of time: Duration) -> Int64 { time.components.seconds / 86_400 }

    // Standard error may be a full pipe: this thread must not wait for it.
    private static let reportToStandardError: @Sendable (String) -> Void = { text in
        let line = LogFormat.text.line(
            for: LogEvent(level: .error, message: text, label: "log", timeSinceEpoch: LogEvent.now)
        )
        _ = LineOutput.write(line[...], to: 2, isRegularFile: false) { true }
    }
}

extension ArraySlice<UInt8> {
    /// As many whole lines as have room; `nil` if not even the first has.
    fileprivate func wholeLines(upTo size: Int) -> ArraySlice<UInt8>? {
        guard size > 0 else { return nil }
        guard count > size else { return self }
        return prefix(size).lastIndex(of: .lineFeed).map { self[...$0] }
    }
}
