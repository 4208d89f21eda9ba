import ProviderKit
import Testing

struct ReasoningTagExtractorTests {
    typealias Piece = ReasoningTagExtractor.Piece
    typealias Options = ReasoningTagExtractor.Options

    struct Case: Sendable, CustomTestStringConvertible {
        var input: String
        var pieces: [Piece]
        var options = Options()

        var testDescription: String { input.debugDescription }

        init(_ input: String, _ pieces: Piece..., options: Options = Options()) {
            self.input = input
            self.pieces = pieces
            self.options = options
        }
    }

    static let anywhere = Options(findsTagsAnywhere: true)
    static let opened = Options(startsInReasoning: true)
    static let cases: [Case] = [
        Case("Hello"),
        Case(""),
        Case("  \n"),
        Case("<think>a</think>b", .reasoning("a"), .text("b")),
        Case("<thinking>a</thinking>b", .reasoning("a"), .text("b")),
        Case("<reasoning>a</reasoning>b", .reasoning("a"), .text("b")),
        Case("\n <think>\n\na b\n</think>\n\n  b \n", .reasoning("a b\n"), .text("b \n")),
        Case("<think>\n\n</think>\n\nb", .text("b")),
        Case("<think>é🇫🇷👩‍👩‍👧</think>\u{301}é👍🏽", .reasoning("é🇫🇷👩‍👩‍👧"), .text("\u{301}é👍🏽")),
        Case("<think>never closed", .reasoning("never closed")),
        Case("<think>cut in the mark </thi", .reasoning("cut in the mark </thi")),
        Case(
            "<think>a < b, a </ b, </thinking> and <think> are thoughts</think>c",
            .reasoning("a < b, a </ b, </thinking> and <think> are thoughts"),
            .text("c")
        ),
        Case("<think>a</think><think>b</think>c", .reasoning("a"), .reasoning("b"), .text("c")),
        Case(
            "<think>a</think>The mark <think> opens.</think>",
            .reasoning("a"),
            .text("The mark <think> opens.</think>")
        ),
        Case("Models write <think>…</think> first.", .text("Models write <think>…</think> first.")),
        Case(" <thin air> is <b>thin</b>", .text(" <thin air> is <b>thin</b>")),
        Case("<<think>a</think>", .text("<<think>a</think>")),
        Case("<thi", .text("<thi")),
        Case(" \n<", .text(" \n<")),
        Case("<THINK>a</THINK>", .text("<THINK>a</THINK>")),
        Case("a</think>b", .text("a</think>b")),
        Case("\na</think>\nb", .reasoning("a"), .text("b"), options: opened),
        Case("a</thinking>b", .reasoning("a"), .text("b"), options: opened),
        Case("<think>a</think>b", .reasoning("a"), .text("b"), options: opened),
        Case("<thin ice", .reasoning("<thin ice"), options: opened),
        Case(
            "a <think>b</think> c <think>d</think>",
            .text("a "),
            .reasoning("b"),
            .text("c "),
            .reasoning("d"),
            options: anywhere
        ),
        Case("a <<think>b</think><", .text("a <"), .reasoning("b"), .text("<"), options: anywhere),
        Case(
            "◁think▷a◁/think▷b◁",
            .reasoning("a"),
            .text("b◁"),
            options: Options(tags: [.init(opening: "◁think▷", closing: "◁/think▷")])
        ),
        Case("<think>a</think>", .text("<think>a</think>"), options: Options(tags: [])),
    ]

    @Test(arguments: cases)
    func everySplitGivesTheSame(_ sample: Case) {
        let expected = sample.pieces.isEmpty && !sample.input.isEmpty ? [.text(sample.input)] : sample.pieces
        for chunks in splits(of: sample.input) {
            var extractor = ReasoningTagExtractor(options: sample.options)
            var pieces = chunks.flatMap { extractor.consume($0) }
            pieces += extractor.finish()
            // Thoughts of two tags come as one here, as they do for a reader.
            #expect(merged(pieces) == merged(expected), "\(chunks)")
            #expect(extractor.finish().isEmpty)
        }
    }

    @Test func holdsBackOnlyAPartOfATag() {
        var extractor = ReasoningTagExtractor()
        #expect(extractor.consume("<think>The user gre") == [.reasoning("The user gre")])
        #expect(extractor.consume("ets.</thi") == [.reasoning("ets.")])
        #expect(extractor.consume("s</thi") == [.reasoning("</this")])
        #expect(extractor.consume("nk>\nHello!") == [.text("Hello!")])
        #expect(extractor.consume(" <th") == [.text(" <th")])
    }

    @Test func endlessWhiteSpaceIsLetGo() {
        var extractor = ReasoningTagExtractor()
        var length = 0
        for _ in 0..<100 {
            for case .text(let text) in extractor.consume(String(repeating: " ", count: 100)) { length += text.count }
        }
        #expect(length > 8_000)
    }

    private func merged(_ pieces: [Piece]) -> [Piece] {
        pieces.reduce(into: []) { merged, piece in
            switch (merged.last, piece) {
            case (.text(let before)?, .text(let text)): merged[merged.count - 1] = .text(before + text)
            case (.reasoning(let before)?, .reasoning(let text)): merged[merged.count - 1] = .reasoning(before + text)
            default: merged.append(piece)
            }
        }
    }
}

/// The text whole, cut in two at every scalar, cut into scalars, and into pairs of them.
func splits(of text: String) -> [[String]] {
    let scalars = text.unicodeScalars
    func pieces(of length: Int) -> [String] {
        var pieces: [String] = []
        var rest = Substring.UnicodeScalarView(scalars)
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return pieces
    }
    let halves = scalars.indices.map { [String(scalars[..<$0]), String(scalars[$0...])] }
    return [[text], pieces(of: 1), pieces(of: 2), pieces(of: 7)] + halves
}
