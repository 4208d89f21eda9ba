internal import TransportKit

extension OllamaProvider: ModelInstaller {
    /// Fetches a model by `/api/pull`.
    ///
    /// The server goes on where an earlier fetch was broken off. A fetch has no limit on its total time, and ten minutes
    /// may pass without a report, since the server is silent while it checks what it has fetched.
    ///
    /// - Throws: `PlexError`, if the server cannot be reached or refuses.
    public func install(_ model: ModelID) async throws(PlexError) -> ModelInstallation {
        var timeouts = client.configuration.timeouts
        timeouts.total = nil
        timeouts.idle = timeouts.idle.map { max($0, .seconds(600)) }
        let (frames, context) = try await client.openFrames(
            path: "/api/pull",
            body: ["model": .string(model.rawValue), "stream": true],
            framing: .newlineDelimitedJSON,
            model: model,
            timeouts: timeouts
        )
        return ModelInstallation {
            var reader = OllamaPullReader(frames: frames, context: context)
            return { () async throws(PlexError) -> InstallationProgress? in try await reader.next() }
        }
    }
}

/// Reads the progress of a fetch.
private struct OllamaPullReader {
    private var frames: FrameReader
    private let context: UpstreamContext
    private var progress = OllamaPullProgress()

    init(frames: FrameReader, context: UpstreamContext) {
        self.frames = frames
        self.context = context
    }

    mutating func next() async throws(PlexError) -> InstallationProgress? {
        guard !progress.isDone else { return nil }
        do {
            if let line = try await frames.next()?.data {
                let report = try progress.read(line)
                if progress.isDone { frames.release() }
                return report
            }
            // The last line may lack its end.
            if let rest = frames.incompleteFrame?.data, let report = try? progress.read(rest), progress.isDone {
                return report
            }
        } catch {
            frames.cancel()
            throw context.completing(error)
        }
        throw context.error(
            .streamCut,
            "the server stopped reporting before the model was installed; fetch it again to go on"
        )
    }
}

/// Reads the lines of `/api/pull`; the one with the status `success` is the last.
package struct OllamaPullProgress: Sendable {
    /// Whether the model is installed.
    package private(set) var isDone = false

    package init() {}

    /// Reads a line.
    ///
    /// - Throws: `PlexError` with code `malformedResponse`, or the error that the line carries.
    package mutating func read(_ line: [UInt8]) throws(PlexError) -> InstallationProgress {
        let report = try JSONValue.parsing(frame: line)
        if let error = OllamaErrorBody.decode(report) {
            throw error.asPlexError()
        }
        guard let status = report["status"]?.string else {
            throw PlexError(.malformedResponse, "a report of the fetch has no status")
        }
        isDone = status == "success"
        return InstallationProgress(
            status: status,
            completedBytes: report["completed"]?.int,
            totalBytes: report["total"]?.int
        )
    }
}
