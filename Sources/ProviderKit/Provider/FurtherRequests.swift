public import TransportKit

/// A text to continue.
public struct TextCompletionRequest: Sendable, Hashable {
    /// The model.
    public var model: ModelID
    /// The text.
    public var prompt: String
    /// How the next token is chosen.
    public var sampling: Sampling
    /// The most tokens to add; `nil` is the provider's default.
    public var maximumTokens: Int?
    /// Texts at which the continuation ends.
    public var stopSequences: [String]
    /// Fields of the provider's wire that have no place above.
    public var extra: JSONObject
    /// The dialect that the `extra` fields belong to; a provider of another leaves them out, with a warning for each.
    public var extraDialect: DialectID?

    /// Makes a request.
    public init(
        model: ModelID,
        prompt: String,
        sampling: Sampling = Sampling(),
        maximumTokens: Int? = nil,
        stopSequences: [String] = [],
        extra: JSONObject = [:],
        extraDialect: DialectID? = nil
    ) {
        self.model = model
        self.prompt = prompt
        self.sampling = sampling
        self.maximumTokens = maximumTokens
        self.stopSequences = stopSequences
        self.extra = extra
        self.extraDialect = extraDialect
    }
}

extension ChatRequest {
    /// The request for a dialect that takes the texts of the messages for the prompt.
    package init(completing request: TextCompletionRequest) {
        self.init(
            model: request.model,
            messages: [.user(request.prompt)],
            sampling: request.sampling,
            maximumTokens: request.maximumTokens,
            stopSequences: request.stopSequences,
            extra: request.extra,
            extraDialect: request.extraDialect
        )
    }
}

/// Texts to turn into vectors.
public struct EmbeddingRequest: Sendable, Hashable {
    /// The model.
    public var model: ModelID
    /// The texts.
    public var input: [String]
    /// The wanted length of each vector; `nil` is the model's own.
    public var dimensions: Int?
    /// Fields of the provider's wire that have no place above.
    public var extra: JSONObject
    /// The dialect that the `extra` fields belong to; a provider of another leaves them out, with a warning for each.
    public var extraDialect: DialectID?

    /// Makes a request.
    public init(
        model: ModelID,
        input: [String],
        dimensions: Int? = nil,
        extra: JSONObject = [:],
        extraDialect: DialectID? = nil
    ) {
        self.model = model
        self.input = input
        self.dimensions = dimensions
        self.extra = extra
        self.extraDialect = extraDialect
    }
}

/// Vectors for texts.
public struct EmbeddingResponse: Sendable, Hashable {
    /// One vector a text, in the order of the texts.
    public var vectors: [[Float]]
    /// The model that made them, as the provider named it.
    public var model: ModelID
    /// The tokens used, where the provider says.
    public var usage: Usage?
    /// What could not be done as asked.
    public var warnings: [Warning]

    /// Makes a response.
    public init(vectors: [[Float]], model: ModelID, usage: Usage? = nil, warnings: [Warning] = []) {
        self.vectors = vectors
        self.model = model
        self.usage = usage
        self.warnings = warnings
    }
}

/// How far the fetching of a model has come.
public struct InstallationProgress: Sendable, Hashable {
    /// What is being done, in the provider's words.
    public var status: String
    /// Bytes of the current file that are there, where known.
    public var completedBytes: Int?
    /// Bytes of the current file in all, where known.
    public var totalBytes: Int?

    /// Makes a report.
    public init(status: String, completedBytes: Int? = nil, totalBytes: Int? = nil) {
        self.status = status
        self.completedBytes = completedBytes
        self.totalBytes = totalBytes
    }
}

/// The progress of fetching a model, read once; it ends when the model is installed.
public struct ModelInstallation: AsyncSequence, Sendable {
    /// A report.
    public typealias Element = InstallationProgress
    /// What reading throws.
    public typealias Failure = PlexError

    private let makeNext: @Sendable () -> () async throws(PlexError) -> InstallationProgress?

    /// Makes a progress from a closure that makes the function that gives one report after another.
    ///
    /// - Parameter makeNext: Called once for each reader.
    public init(_ makeNext: @escaping @Sendable () -> () async throws(PlexError) -> InstallationProgress?) {
        self.makeNext = makeNext
    }

    /// Makes the iterator.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(report: makeNext())
    }

    /// Reads the reports.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let report: () async throws(PlexError) -> InstallationProgress?

        /// The next report, or `nil` when the model is installed.
        public mutating func next() async throws(PlexError) -> InstallationProgress? {
            try await report()
        }

        /// The next report, or `nil` when the model is installed.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(PlexError) -> InstallationProgress? {
            try await report()
        }
    }
}
