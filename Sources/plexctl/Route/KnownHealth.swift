import Modelplex
import ProviderKit
import RouterKit
import TransportKit

/// Reads what is held against whom, for `--health`.
enum KnownHealth {
    /// Reads records.
    ///
    /// - Parameters:
    ///   - path: A file with a gateway's answer to `GET /_internal/routes`, with a list of records alone, or the one that
    ///     `routing.state` names; `-` is standard input.
    ///   - input: Standard input.
    /// - Returns: The records.
    /// - Throws: `Failure`, if it cannot be read or holds no records.
    static func read(_ path: String, _ input: StandardInput) throws(Failure) -> [HealthRecord] {
        let name = path == "-" ? "standard input" : "'\(path)'"
        let bytes = try path == "-" ? input.readAll() : FileReader.read(path)
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw Failure(.badData, "\(name) is not JSON: \(error)")
        }
        if value["saved_at"] != nil, path != "-" {
            // What a gateway has kept is as old as the file.
            do {
                return try HealthFile.read(path)
            } catch {
                throw Failure(error)
            }
        }
        guard let list = value.array ?? value["left_alone"]?.array else {
            throw Failure(
                .badData,
                "\(name) says nothing of health; give what a gateway answers to GET /_internal/routes"
            )
        }
        var records: [HealthRecord] = []
        for (index, element) in list.enumerated() {
            guard let record = HealthRecord(json: element) else {
                throw Failure(.badData, "\(name): record \(index + 1) names no \"provider\" and \"model\"")
            }
            records.append(record)
        }
        return records
    }
}
