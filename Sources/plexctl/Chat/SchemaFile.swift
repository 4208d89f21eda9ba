import ProviderKit
import TransportKit

/// Reads the JSON Schema of `--schema`.
enum SchemaFile {
    /// Reads a schema.
    ///
    /// - Parameter path: The file; its name becomes the schema's name.
    /// - Returns: The form of the answer.
    /// - Throws: `Failure`, if it cannot be read or is no JSON object.
    static func read(_ path: String) throws(Failure) -> JSONSchemaFormat {
        let bytes = try FileReader.read(path)
        let schema: JSONValue
        do {
            schema = try JSONValue(parsing: bytes)
        } catch {
            throw Failure(.badData, "'\(path)' is not JSON: \(error)")
        }
        guard schema.object != nil else {
            throw Failure(.badData, "'\(path)' is no JSON Schema: expected an object such as {\"type\": \"object\"}")
        }
        return JSONSchemaFormat(name: name(of: path), schema: schema)
    }

    /// A name that every provider takes, from a file's name.
    static func name(of path: String) -> String {
        let file = path.split(separator: "/").last ?? "answer"
        let stem = file.split(separator: ".").first ?? "answer"
        let name = stem.prefix(64).map { character in
            character.isASCII && (character.isLetter || character.isNumber || "_-".contains(character))
                ? character : "_"
        }
        return String(name)
    }
}
