/// Writes a log's lines on a thread of its own, so that nobody who logs waits for a slow disk or a full pipe.
///
/// Lines wait in a buffer of bounded size. What does not fit is dropped, counted, and told in a line of its own. The thread
/// starts with the first line, and ends with `close` or when the writer is released.
package final class LogWriter: LogSink {
    private let core: LogWriterCore

    /// Makes a writer.
    ///
    /// - Parameters:
    ///   - destination: Where the lines go.
    ///   - format: What the writer's own lines look like.
    ///   - capacity: How many bytes may wait.
    ///   - linger: For how long the thread lets lines gather after it has written some.
    ///   - closingTime: For how long closing waits for a destination that takes nothing.
    package init(
        to destination: any LogDestination,
        format: LogFormat = .text,
        capacity: Int = 1 << 20,
        linger: Duration = .milliseconds(50),
        closingTime: Duration = .seconds(1)
    ) {
        core = LogWriterCore(destination, format, capacity: capacity, linger: linger, closingTime: closingTime)
    }

    deinit {
        core.beginClosing()
    }

    /// Puts a line into the buffer, or drops it if there is no room.
    package func write(_ line: [UInt8], isUrgent: Bool) {
        core.write(line, isUrgent: isUrgent)
    }

    /// How many lines were dropped since the start.
    package var droppedLines: Int { core.state.withLock { $0.droppedTotal } }

    /// Opens the destination anew between the lines before and those to come, for those who move log files away.
    package func reopen() {
        core.reopen()
    }

    /// Goes on at another destination: lines before go where they went, those to come to the new one.
    ///
    /// - Parameters:
    ///   - destination: Where the lines go from now on.
    ///   - format: What the writer's own lines look like from now on.
    package func move(to destination: any LogDestination, format: LogFormat) {
        core.move(to: destination, format)
    }

    /// Writes its own lines in another form from now on.
    package func change(_ format: LogFormat) {
        core.state.withLock { $0.target.format = format }
    }

    /// Returns when what was logged so far is written, or was given up.
    package func flush() async {
        await core.flush()
    }

    /// Writes what waits, if the destination takes it in time, and ends the thread; later lines are dropped.
    package func close() async {
        core.beginClosing()
        await core.flush()
    }
}
