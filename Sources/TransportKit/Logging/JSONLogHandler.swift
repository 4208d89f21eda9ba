/// Writes one JSON object in one line for each entry, for programs to read.
///
/// Members: `time`, `level`, `logger`, `message`, `metadata` (if there is any) and `source`.
public struct JSONLogHandler: LogHandler {
    private let sink: any LogSink

    /// Makes a handler.
    ///
    /// - Parameter descriptor: The file descriptor to write to, by default standard error; it must stay open.
    public init(descriptor: Int32 = 2) {
        sink = DescriptorSink(descriptor: descriptor)
    }

    /// Makes a handler.
    ///
    /// - Parameter sink: Where the lines go.
    package init(sink: some LogSink) {
        self.sink = sink
    }

    /// Writes an entry.
    public func log(_ event: LogEvent) {
        sink.write(LogFormat.json.line(for: event), isUrgent: event.level >= .error)
    }

    /// The line without its end.
    static func line(for event: LogEvent) -> String {
        var object: JSONObject = [
            "time": .string(event.timestamp), "level": .string(event.level.rawValue), "logger": .string(event.label),
            "message": .string(event.message),
        ]
        if !event.metadata.isEmpty {
            object["metadata"] = Logger.MetadataValue.dictionary(event.metadata).json
        }
        object["source"] = .string("\(event.file):\(event.line)")
        return JSONValue.object(object).serializedString
    }
}

extension Logger.MetadataValue {
    fileprivate var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .array(let values): .array(values.map(\.json))
        case .dictionary(let values):
            .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }))
        }
    }
}
