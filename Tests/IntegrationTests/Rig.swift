import FoundationEssentials
import Glibc

/// Where the real parts of the tests are.
enum Rig {
    /// The repository, found from this file's place in it.
    static let root = String(#filePath.dropLast("/Tests/IntegrationTests/Rig.swift".count))

    /// The Python that has the wheels: `PLEX_TEST_PYTHON`, else the environment that the Makefile makes.
    static func python() throws -> String {
        let path = ProcessInfo.processInfo.environment["PLEX_TEST_PYTHON"] ?? "\(root)/.venv/bin/python"
        guard unsafe access(path, X_OK) == 0 else {
            throw RigError(
                description: """
                    no Python for the real parts at \(path): run `make venv` (or `make test`, which does), \
                    or set PLEX_TEST_PYTHON
                    """
            )
        }
        return path
    }
}

struct RigError: Error, CustomStringConvertible {
    var description: String
}
