import ProviderKit
import Testing

@testable import plexctl

@Suite("Putting prompts together")
struct ChatPromptTests {
    private func prompt(_ words: [String], input: [UInt8]? = nil) throws -> ChatPrompt {
        guard case .run(let arguments) = try ArgumentParser(tree: .plexctl).parse(["chat"] + words) else {
            throw UsageError(message: "no command", path: CommandPath(root: .plexctl))
        }
        let standardInput = StandardInput(isTerminal: input == nil) { input ?? Array("typed".utf8) }
        return try ChatPrompt(arguments, input: standardInput)
    }

    @Test("words are joined, and what is piped follows below a blank line")
    func wordsAndInput() throws {
        #expect(try prompt(["Why", "red?"]).text == "Why red?")
        #expect(try prompt(["Sum", "up:"], input: Array("one\ntwo\n".utf8)).text == "Sum up:\n\none\ntwo")
        #expect(try prompt([], input: Array("one\n".utf8)).text == "one")
        #expect(try prompt(["-"]).text == "typed")
        #expect(try prompt(["a", "-", "b"]).text == "a b\n\ntyped")
        #expect(try prompt([], input: Array("\n\n".utf8)).isEmpty)
    }

    @Test("files stand under their names")
    func files() throws {
        let scratch = try Scratch()
        let first = try scratch.write("first line\n", to: "a.txt")
        let second = try scratch.write("second", to: "b c.txt")
        let text = try prompt(["-f", first, "Compare.", "--file", second]).text
        #expect(text == "Compare.\n\n--- a.txt ---\nfirst line\n\n--- b c.txt ---\nsecond")
    }

    @Test("text that is not UTF-8 is refused")
    func notUTF8() throws {
        let error = #expect(throws: Failure.self) { try prompt([], input: [0x68, 0xFF]) }
        #expect(error?.exitCode == .badData)
        let scratch = try Scratch()
        let path = try scratch.write([0xC3, 0x28], to: "latin1.txt")
        #expect(throws: Failure.self) { try prompt(["-f", path]) }
    }

    @Test("an image goes along as Base64 with its type, whatever its name")
    func image() throws {
        let scratch = try Scratch()
        let path = try scratch.write(Array("GIF89a".utf8), to: "photo.png")
        let message = try prompt(["What is it?", "--image", path]).message
        let media = Media(.base64("R0lGODlh"), mediaType: "image/gif", filename: "photo.png")
        #expect(message == .user([.text("What is it?"), .image(media)]))
    }

    @Test("what is no image is refused, also where it is of a known type", arguments: ["%PDF-1.7", "<svg>", ""])
    func noImage(text: String) throws {
        let scratch = try Scratch()
        let path = try scratch.write(Array(text.utf8), to: "photo.png")
        let error = #expect(throws: Failure.self) { try prompt(["--image", path]) }
        #expect(error?.exitCode == .badData)
    }

    @Test("an image of too many bytes is refused before it is sent")
    func largeImage() throws {
        let scratch = try Scratch()
        let path = try scratch.write(
            Array("GIF89a".utf8) + [UInt8](repeating: 0, count: ImageFile.sizeLimit),
            to: "large.gif"
        )
        let error = #expect(throws: Failure.self) { try prompt(["--image", path]) }
        #expect(error?.exitCode == .badData)
    }

    @Test("a schema is named after its file", arguments: [("a/Weather-1.json", "Weather-1"), ("ü x.json", "__x")])
    func schemaNames(path: String, name: String) {
        #expect(SchemaFile.name(of: path) == name)
    }
}
