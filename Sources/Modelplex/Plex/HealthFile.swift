internal import Glibc
public import ProviderKit
public import RouterKit
internal import TransportKit

/// A file in which it is kept over restarts who is to be left alone: the `routing.state` of a configuration.
///
/// It is a JSON object: `saved_at`, seconds since 1970, and `deployments`, records as `HealthRecord.json` has them.
public enum HealthFile {
    /// The most bytes that are read.
    private static let sizeLimit = 16 << 20

    /// Reads what was held against deployments when the file was written, less the time that has passed since.
    ///
    /// - Parameter path: The file.
    /// - Returns: The records against which something is still held; none if there is no such file.
    /// - Throws: `PlexError` with code `configuration`, if the file cannot be read or is something else.
    public static func read(_ path: String) throws(PlexError) -> [HealthRecord] {
        let bytes: [UInt8]
        do {
            bytes = try ConfigurationFile.read(path, limit: sizeLimit)
        } catch {
            if error.number == ENOENT { return [] }
            throw PlexError(.configuration, "cannot read the health file \(path): \(error.message)")
        }
        guard let json = try? JSONValue(parsing: bytes), let saved = json["saved_at"]?.double,
            let records = json["deployments"]?.array
        else {
            throw PlexError(
                .configuration,
                "\(path) is no health file: it must be a JSON object with saved_at and deployments; remove it"
            )
        }
        // A clock that was set back makes no age of its own.
        let age = Duration.milliseconds(Int(min(max(now() - saved, 0), 1e10) * 1000))
        return records.compactMap { HealthRecord(json: $0)?.aged(by: age) }
    }

    /// Writes what is held against deployments now; whoever reads meanwhile sees the old file or the new one whole.
    ///
    /// - Parameters:
    ///   - records: What is held against them.
    ///   - path: The file; its folder must be there.
    /// - Throws: `PlexError` with code `configuration`, if it cannot be written.
    public static func write(_ records: [HealthRecord], to path: String) throws(PlexError) {
        let json: JSONValue = [
            "saved_at": .number(JSONNumber(now())), "deployments": .array(records.map(\.json)),
        ]
        let new = "\(path).\(getpid()).new"
        guard replace(path, by: new, json.serialized + [UInt8(ascii: "\n")]) else {
            let number = errno
            let reason = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
            unsafe unlink(new)
            throw PlexError(.configuration, "cannot write the health file \(path): \(reason); see routing.state")
        }
    }

    private static func replace(_ path: String, by new: String, _ bytes: [UInt8]) -> Bool {
        let descriptor = unsafe open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        let isWritten = rest.isEmpty
        let reason = errno
        let isClosed = close(descriptor) == 0
        // What could not be written is the reason, not what closing made of it.
        if !isWritten { errno = reason }
        return unsafe isWritten && isClosed && rename(new, path) == 0
    }

    private static func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension Plex {
    /// What is held against deployments now: cooldowns, breakers, refused credentials.
    public var healthRecords: [HealthRecord] { catalogue.knownRouter?.healthRecords ?? [] }

    /// Takes over what was held against deployments before, for example by a client that this one replaces.
    ///
    /// - Parameter records: What is held against them; deployments that this client does not have are passed over.
    public func restore(_ records: [HealthRecord]) {
        catalogue.knownRouter?.restore(records)
    }

    /// Writes what is held against deployments to the file of the configuration's `routing.state`; without one, nothing.
    ///
    /// The file is read when a client is made.
    ///
    /// - Throws: `PlexError` with code `configuration`, if it cannot be written.
    public func saveHealth() throws(PlexError) {
        guard let healthFile else { return }
        try HealthFile.write(healthRecords, to: healthFile)
    }
}
