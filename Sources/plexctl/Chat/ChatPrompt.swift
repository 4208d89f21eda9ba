import ProviderKit

/// The parts of a prompt, and how they are put together.
struct ChatPrompt: Sendable {
    /// A text file that is shown to the model.
    struct File: Sendable, Hashable {
        /// Its name without its folder.
        var name: String
        /// What it holds.
        var text: String
    }

    /// What stands on the command line.
    var words: [String] = []
    /// What came by standard input.
    var input: String?
    /// Text files.
    var files: [File] = []
    /// Images.
    var images: [Media] = []

    /// Whether there is nothing to ask.
    var isEmpty: Bool { text.isEmpty && images.isEmpty }

    /// All text: the words, then the input, then each file under its name, with a blank line between.
    var text: String {
        var blocks = [words.joined(separator: " ")]
        if let input { blocks.append(String(Self.trimmed(input))) }
        blocks += files.map { "--- \($0.name) ---\n\(Self.trimmed($0.text))" }
        return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// The user's message.
    var message: Message {
        let text = text.isEmpty ? [] : [ContentPart.text(text)]
        return .user(text + images.map { .image($0) })
    }

    /// The text without the line ends that files have at their end.
    private static func trimmed(_ text: String) -> Substring {
        var text = text[...]
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}

extension ChatPrompt {
    /// Reads all that a command line names.
    ///
    /// - Parameters:
    ///   - arguments: The command line of `chat`.
    ///   - input: Standard input; it is read if it is named, or if no person types there.
    /// - Throws: `Failure`, if something cannot be read, is not text, or is no image.
    init(_ arguments: Arguments, input: StandardInput) throws(Failure) {
        words = arguments.positionals.filter { $0 != "-" }
        let paths = arguments.values(of: .file)
        if arguments.positionals.contains("-") || paths.contains("-") || !input.isTerminal {
            self.input = try Self.text(try input.readAll(), of: "standard input")
        }
        for path in paths where path != "-" {
            let text = try Self.text(try FileReader.read(path), of: "'\(path)'")
            files.append(File(name: Self.name(of: path), text: text))
        }
        for path in arguments.values(of: .image) {
            images.append(try ImageFile.read(path))
        }
    }

    private static func text(_ bytes: [UInt8], of name: String) throws(Failure) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(
                .badData,
                "\(name) is not UTF-8 text; convert it, for example with iconv, or give images with --image"
            )
        }
        return text
    }

    private static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
