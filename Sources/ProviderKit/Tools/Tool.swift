import FoundationEssentials
public import TransportKit

/// A function that a model may call.
///
/// ```swift
/// struct Query: Decodable, Sendable { var city: String }
/// let tool = Tool("get_weather", "Current weather in a city.") { (query: Query) in
///     try await lookUpWeather(in: query.city)
/// }
/// ```
///
/// The schema of the arguments is made of the function's parameter; see ``JSONSchema`` for what it may be. A mistake in a tool's
/// declaration is thrown by ``definition``, so that tools can be declared without `try`.
public struct Tool: Sendable {
    /// The tool's name.
    public let name: String

    private let checkedDefinition: Result<ToolDefinition, PlexError>
    private let handler: @Sendable (JSONValue) async throws -> [ContentPart]

    /// Makes a tool of a function that gives back a value.
    ///
    /// - Parameters:
    ///   - name: The tool's name, of `[A-Za-z0-9_-]`, at most 64 characters.
    ///   - description: What the tool does, for the model.
    ///   - isStrict: Whether the provider should hold the model to the schema strictly.
    ///   - function: What is called. A string goes to the model as it is, any other value as JSON; what it throws goes to
    ///     the model too, in its own words.
    public init<Arguments: Decodable & Sendable, Output: Encodable & Sendable>(
        _ name: String,
        _ description: String,
        isStrict: Bool = false,
        function: @escaping @Sendable (Arguments) async throws -> Output
    ) {
        self.init(
            name,
            definition: Self.checked { () throws(PlexError) in
                let schema = try Self.schema(of: Arguments.self, isStrict: isStrict, for: name)
                return ToolDefinition(
                    name: name,
                    description: description,
                    parameters: schema,
                    isStrict: isStrict ? true : nil
                )
            }
        ) { arguments in
            try Self.content(of: try await function(try Self.decode(arguments)))
        }
    }

    /// Makes a tool of a function that needs no arguments.
    ///
    /// - Parameters:
    ///   - name: The tool's name, of `[A-Za-z0-9_-]`, at most 64 characters.
    ///   - description: What the tool does, for the model.
    ///   - function: What is called.
    public init<Output: Encodable & Sendable>(
        _ name: String,
        _ description: String,
        function: @escaping @Sendable () async throws -> Output
    ) {
        self.init(
            name,
            definition: Self.checked { () throws(PlexError) in ToolDefinition(name: name, description: description) }
        ) { _ in
            try Self.content(of: try await function())
        }
    }

    /// Makes a tool of a definition that is there already, as one from another program.
    ///
    /// - Parameters:
    ///   - definition: What the model is told.
    ///   - function: What is called, with the arguments as the model wrote them; any content may be given back.
    public init(
        definition: ToolDefinition,
        function: @escaping @Sendable (JSONValue) async throws -> [ContentPart]
    ) {
        self.init(
            definition.name,
            definition: Self.checked { () throws(PlexError) in definition },
            handler: function
        )
    }

    private init(
        _ name: String,
        definition: Result<ToolDefinition, PlexError>,
        handler: @escaping @Sendable (JSONValue) async throws -> [ContentPart]
    ) {
        self.name = name
        checkedDefinition = definition
        self.handler = handler
    }

    /// What a model is told of the tool.
    ///
    /// - Throws: `PlexError` with code `configuration` if the name cannot go over the wire, or `unsupported` if no schema can be
    ///   made for the arguments.
    public var definition: ToolDefinition {
        get throws(PlexError) { try checkedDefinition.get() }
    }

    /// Calls the tool as a model asked.
    ///
    /// There is no limit on time here. Whatever goes wrong becomes a result for the model that says so, with `isError` set.
    ///
    /// - Parameter call: The model's call.
    /// - Returns: What came back.
    /// - Throws: `PlexError` with code `cancelled` if the task is cancelled; nothing else.
    public func call(_ call: ToolCall) async throws(PlexError) -> ToolResult {
        func failed(_ text: String) -> ToolResult {
            ToolResult(callID: call.id, name: call.name, content: [.text(text)], isError: true)
        }
        let arguments: JSONValue
        do {
            // A call without arguments is written by some models as no text at all.
            arguments = call.arguments.allSatisfy(\.isWhitespace) ? [:] : try JSONValue(parsing: call.arguments)
        } catch {
            return failed("The arguments are not valid JSON: \(error). Call the tool again with a JSON object.")
        }
        do {
            try Task.checkCancellation()
            let content = try await handler(arguments)
            return ToolResult(callID: call.id, name: call.name, content: content)
        } catch {
            if Task.isCancelled { throw PlexError(.cancelled, "the call of tool \"\(name)\" was cancelled") }
            if let error = error as? DecodingFailure {
                return failed(
                    "The arguments do not fit the tool: \(error.explanation). Call it again with what it asks for."
                )
            }
            return failed("The tool failed: \(String(String(describing: error).prefix(Self.longestError)))")
        }
    }
}

extension Tool {
    private static let longestError = 2048

    private static func checked(
        _ make: () throws(PlexError) -> ToolDefinition
    ) -> Result<ToolDefinition, PlexError> {
        Result { () throws(PlexError) in
            let definition = try make()
            guard (1...64).contains(definition.name.utf8.count), definition.name.utf8.allSatisfy(isNameByte) else {
                throw PlexError(
                    .configuration,
                    "\"\(definition.name)\" cannot be a tool's name; use letters, digits, _ and -, at most 64 of them"
                )
            }
            return definition
        }
    }

    // A program has many tools, and the mistake is told where they are used, not where they are declared.
    private static func schema<Arguments: Decodable>(
        of type: Arguments.Type,
        isStrict: Bool,
        for name: String
    ) throws(PlexError) -> JSONValue {
        do throws(PlexError) {
            return try JSONSchema.make(for: type, isStrict: isStrict).wrapped(isStrict: isStrict)
        } catch {
            var error = error
            error.message = "the arguments of the tool \"\(name)\": \(error.message)"
            throw error
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func decode<Arguments: Decodable>(_ arguments: JSONValue) throws(DecodingFailure) -> Arguments {
        do {
            return try arguments.decodePlainly(Arguments.self)
        } catch {
            // Arguments that are no object were asked for as the member `value` of one.
            if let inner = arguments["value"], let value = try? inner.decodePlainly(Arguments.self) { return value }
            throw error
        }
    }

    private static func content(of output: some Encodable) throws -> [ContentPart] {
        if let text = output as? String { return [.text(text)] }
        if let value = output as? JSONValue { return [.text(value.serializedString)] }
        return [.text(String(decoding: try JSONEncoder.plain.encode(output), as: UTF8.self))]
    }
}
