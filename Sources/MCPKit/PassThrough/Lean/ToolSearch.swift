internal import TransportKit

/// Which tools fit some words best: rare words count more, and words of a name more than those of a description; pure.
struct ToolSearch: Sendable {
    /// A tool's words, with what each counts.
    private struct Document: Sendable {
        var weights: [String: Double] = [:]
        var length = 0.0

        mutating func add(_ text: String?, _ weight: Double) {
            for word in ToolSearch.words(text ?? "") {
                weights[word, default: 0] += weight
                length += 1
            }
        }
    }

    private let documents: [Document]
    private let frequencies: [String: Int]
    private let averageLength: Double

    init(_ tools: [JSONObject]) {
        let documents = tools.map(Self.document)
        var frequencies: [String: Int] = [:]
        for document in documents {
            for word in document.weights.keys { frequencies[word, default: 0] += 1 }
        }
        self.documents = documents
        self.frequencies = frequencies
        averageLength = max(1, documents.reduce(0) { $0 + $1.length } / Double(max(1, documents.count)))
    }

    /// Finds tools.
    ///
    /// - Parameters:
    ///   - query: The words.
    ///   - limit: How many at most.
    /// - Returns: The tools' indices, the best first; those that have none of the words are left out.
    func best(_ query: String, limit: Int) -> [Int] {
        let words = Set(Self.words(query))
        let scored = documents.indices.compactMap { index -> (index: Int, score: Double)? in
            let score = words.reduce(0) { $0 + self.score($1, documents[index]) }
            return score > 0 ? (index, score) : nil
        }
        return scored.sorted { ($1.score, $0.index) < ($0.score, $1.index) }.prefix(limit).map(\.index)
    }

    // Okapi BM25; a word that only begins like another counts less.
    private func score(_ word: String, _ document: Document) -> Double {
        var weight = document.weights[word] ?? 0
        var frequency = frequencies[word] ?? 0
        if weight == 0, word.count >= 3 {
            for (other, value) in document.weights
            where other.hasPrefix(word) || word.hasPrefix(other) && other.count >= 4 {
                weight = max(weight, value * 0.4)
            }
            frequency = max(1, documents.count / 4)
        }
        guard weight > 0 else { return 0 }
        let rarity = Self.logarithm(1 + (Double(documents.count - frequency) + 0.5) / (Double(frequency) + 0.5))
        let length = 0.25 + 0.75 * document.length / averageLength
        return rarity * weight * 2.2 / (weight + 1.2 * length)
    }

    /// The natural logarithm of a positive number, as the sum of a series.
    private static func logarithm(_ value: Double) -> Double {
        let fraction = (value.significand - 1) / (value.significand + 1)
        var (term, sum) = (fraction, 0.0)
        for divisor in stride(from: 1.0, through: 21, by: 2) {
            sum += term / divisor
            term *= fraction * fraction
        }
        return Double(value.exponent) * 0.693_147_180_559_945 + 2 * sum
    }

    private static func document(_ tool: JSONObject) -> Document {
        var document = Document()
        document.add(tool.string("name"), 3)
        document.add(tool.string("title"), 2)
        document.add(tool.string("description"), 1)
        for property in tool["inputSchema"]?["properties"]?.object?.members ?? [] {
            document.add(property.name, 0.7)
            document.add(property.value["description"]?.string, 0.3)
        }
        return document
    }

    /// The words of a text: cut at everything that is no letter or digit and before capitals, in small letters, without plural.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasSmall = false
        func end() {
            if word.count > 3, word.hasSuffix("s"), !word.hasSuffix("ss") { word.removeLast() }
            if word.count > 1 || word.first?.isNumber == true { words.append(word) }
            word = ""
        }
        for character in text {
            guard character.isLetter || character.isNumber else {
                end()
                wasSmall = false
                continue
            }
            if character.isUppercase, wasSmall { end() }
            wasSmall = !character.isUppercase
            word += character.lowercased()
        }
        end()
        return words.filter { !ignored.contains($0) }
    }

    private static let ignored: Set = [
        "an", "and", "are", "as", "at", "be", "by", "can", "for", "from", "if", "in", "is", "it", "of", "on", "or",
        "that", "the", "this", "to", "with",
    ]
}
