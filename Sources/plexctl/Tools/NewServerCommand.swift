import Glibc

/// `plexctl mcp new`.
enum NewServerCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let name = arguments.positionals.first ?? ""
        guard ServerTemplate.isName(name) else {
            throw Failure(
                .usage,
                "'\(name)' is no name for a server: it has 1 to 32 letters, digits, '-' and '_', begins with a letter and has no '__'"
            )
        }
        let template = arguments.value(of: .template).flatMap(ServerTemplate.init) ?? .python
        let folder = try absolute(name)
        let files = template.files(name)
        try makeFolder(folder, shown: name)
        for file in files {
            let parts = file.path.split(separator: "/").dropLast()
            var parent = folder
            for part in parts {
                parent += "/\(part)"
                guard unsafe mkdir(parent, 0o755) == 0 || errno == EEXIST else {
                    throw Failure(.inputOutput, "cannot make the folder '\(parent)': \(systemMessage(errno))")
                }
            }
            try write(file.text, to: "\(folder)/\(file.path)", isProgram: file.isProgram)
        }
        let console = context.console
        console.note("made \(name)/ with \(files.map(\.path).joined(separator: ", "))")
        for step in template.steps(name) { console.note("next: \(step)") }
        console.note("then add this to the configuration, and see with 'plexctl mcp check \(name)' that it works:")
        // A file that this is appended to may not end its last line.
        try console.print("\n" + template.configuration(name, folder: folder))
    }

    private static func absolute(_ name: String) throws(Failure) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard let current = unsafe getcwd(&buffer, buffer.count) else {
            throw Failure(.inputOutput, "cannot tell the working directory: \(systemMessage(errno))")
        }
        return unsafe String(cString: current) + "/" + name
    }

    private static func makeFolder(_ path: String, shown name: String) throws(Failure) {
        guard unsafe mkdir(path, 0o755) != 0 else { return }
        if errno == EEXIST {
            throw Failure(
                .usage,
                "'\(name)' is there already and is not written over; choose another name or another folder"
            )
        }
        throw Failure(.inputOutput, "cannot make the folder '\(name)': \(systemMessage(errno))")
    }

    private static func write(_ text: String, to path: String, isProgram: Bool) throws(Failure) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isProgram ? 0o755 : 0o644)
        guard descriptor >= 0 else { throw Failure(.inputOutput, "cannot write '\(path)': \(systemMessage(errno))") }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(.inputOutput, "cannot write '\(path)': \(systemMessage(errno))") }
            rest = rest.dropFirst(count)
        }
    }
}
