public import ProviderKit

/// A configuration file that was read: its tree, with nothing substituted yet.
///
/// ```swift
/// let document = try ConfigurationDocument(path: "config.toml")
/// let configuration = try document.configuration(environment: environment)
/// ```
public struct ConfigurationDocument: Sendable {
    /// The formats in which a configuration can be written.
    public enum Format: String, Sendable, Hashable, CaseIterable {
        /// TOML 1.0.
        case toml
        /// YAML 1.2 with the core schema.
        case yaml
        /// JSON as in RFC 8259.
        case json

        /// The format that a file's suffix names: `.toml`, `.yaml`, `.yml` or `.json`.
        public init?(path: String) {
            let name = path.split(separator: "/").last ?? ""
            guard let dot = name.lastIndex(of: ".") else { return nil }
            switch name[name.index(after: dot)...].lowercased() {
            case "toml": self = .toml
            case "yaml", "yml": self = .yaml
            case "json": self = .json
            default: return nil
            }
        }
    }

    /// The name by which errors call the file; paths in the file are relative to its folder.
    public let path: String
    /// How the file is written.
    public let format: Format
    package let root: ConfigValue

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - text: The whole file, in UTF-8.
    ///   - format: How it is written.
    ///   - path: The name by which errors call it.
    /// - Throws: `PlexError` of code `configuration` if the text is not of that format.
    public init(parsing text: [UInt8], format: Format, path: String) throws(PlexError) {
        self.path = path
        self.format = format
        do {
            root = try ConfigValue(parsing: text, format: format)
        } catch {
            throw ConfigurationError([
                .init(
                    file: path,
                    line: error.position?.line,
                    column: error.position?.column,
                    message: error.message
                )
            ]).plexError
        }
    }
}

extension ConfigValue {
    /// Reads a whole file; an empty one is an empty table.
    package init(parsing text: [UInt8], format: ConfigurationDocument.Format) throws(ConfigSyntaxError) {
        guard text.count <= ConfigLimits.bytes else {
            throw ConfigSyntaxError(message: "the file is larger than \(ConfigLimits.bytes >> 20) MiB")
        }
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = text.starts(with: byteOrderMark) ? Array(text.dropFirst(3)) : text
        try Self.requireUTF8(text)
        self =
            switch format {
            case .toml: try TOMLReader.read(text)
            case .yaml: try YAMLReader.read(text)
            case .json: try JSONConfigReader.read(text)
            }
        guard table != nil else {
            throw ConfigSyntaxError(
                message: "expected a table at the top, found \(kindDescription)",
                position: position
            )
        }
    }

    private static func requireUTF8(_ text: [UInt8]) throws(ConfigSyntaxError) {
        do {
            _ = try UTF8Span(validating: text.span)
        } catch {
            let before = text[..<error.byteOffsets.lowerBound]
            let line = before.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
            throw ConfigSyntaxError(message: "the file is not UTF-8", position: Position(line: line, column: 1))
        }
    }
}
