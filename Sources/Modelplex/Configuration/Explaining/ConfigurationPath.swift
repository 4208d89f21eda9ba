internal import RouterKit

/// Where a key of the configuration stands, as somebody wrote it: `server.listen`, `providers[0].base_url`, `[[providers]]`.
package struct ConfigurationPath: Sendable {
    /// One step to a key.
    enum Step: Hashable {
        /// A key of a table, or a free name such as a model's.
        case name(String)
        /// A place in a list, from 0.
        case index(Int)
    }

    /// No key is called so.
    package struct UnknownKey: Error {
        /// The keys that are nearest, the nearest first; empty if none is near.
        package var nearest: [String]
    }

    /// What stands there.
    package let key: ConfigurationKey
    /// The steps to it, each as the table of keys has it.
    let steps: [Step]

    /// Finds a key.
    ///
    /// Brackets, quotes and numbers of elements are understood, and lists may go without a number.
    ///
    /// - Parameter text: The key's path.
    /// - Throws: `UnknownKey`, if there is none.
    package init(_ text: String) throws(UnknownKey) {
        guard let words = Self.words(of: text), let found = Self.find(words) else {
            throw UnknownKey(nearest: Self.nearest(to: text))
        }
        (key, steps) = found
    }

    /// The path in its usual form, such as `mcp.servers.timeouts.connect`.
    package var description: String { steps.written }

    /// Every key there is, as a path; those of a table stand behind it.
    package static let all: [String] = paths(of: ConfigurationKey.all, below: "")

    private static func paths(of keys: [ConfigurationKey], below parent: String) -> [String] {
        keys.flatMap { key in
            let path = parent.isEmpty ? key.name : "\(parent).\(key.name)"
            return [path] + paths(of: key.children ?? [], below: path)
        }
    }

    /// The words between dots and brackets, and whether each stood in quotes; `nil` if a quote is left open.
    private static func words(of text: String) -> [(text: String, isQuoted: Bool)]? {
        var words: [(text: String, isQuoted: Bool)] = []
        var word = ""
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open {
                    words.append((word, true))
                    (word, quote) = ("", nil)
                } else {
                    word.append(character)
                }
                continue
            }
            switch character {
            case "\"", "'": quote = character
            case ".", "[", "]", " ":
                if !word.isEmpty { words.append((word, false)) }
                word = ""
            default: word.append(character)
            }
        }
        guard quote == nil else { return nil }
        if !word.isEmpty { words.append((word, false)) }
        return words
    }

    private static func find(_ words: [(text: String, isQuoted: Bool)]) -> (ConfigurationKey, [Step])? {
        var found: ConfigurationKey?
        var keys = ConfigurationKey.all
        var steps: [Step] = []
        // A name that whoever writes the file chooses; without quotes its dots cannot be told from those between keys.
        var free: (text: String, isClosed: Bool)?
        for (text, isQuoted) in words {
            if !isQuoted, let key = keys.first(where: { $0.name == text }) {
                if let name = free?.text { steps.append(.name(name)) }
                free = nil
                steps.append(.name(text))
                (found, keys) = (key, key.children ?? [])
                continue
            }
            switch found?.kind {
            case .list?:
                guard let index = Int(text), index >= 0, case .name? = steps.last else { return nil }
                steps.append(.index(index))
            case .tables?, .map?, .settings?:
                if isQuoted {
                    guard free == nil else { return nil }
                    free = (text, true)
                } else {
                    guard free?.isClosed != true else { return nil }
                    free = (free.map { "\($0.text).\(text)" } ?? text, false)
                }
            default: return nil
            }
        }
        if let name = free?.text { steps.append(.name(name)) }
        return found.map { ($0, steps) }
    }

    private static func nearest(to text: String) -> [String] {
        let written = text.filter { !"[]\"' ".contains($0) }
        // Who names the key alone means one of those that are called so, or that begin so.
        let last = written.split(separator: ".").last.map(String.init) ?? written
        let near = NearestName.several(written, among: all)
        let same = all.filter { $0.split(separator: ".").last.map(String.init) == last }
        let sameTable = all.filter { path in
            guard let dot = written.lastIndex(of: "."), path.hasPrefix(written[...dot]) else { return false }
            return NearestName.of(last, among: [String(path.dropFirst(written[...dot].count))]) != nil
        }
        let further = NearestName.of(last, among: all.compactMap { $0.split(separator: ".").last.map(String.init) })
        let similar = all.filter { path in further.map { path == $0 || path.hasSuffix(".\($0)") } ?? false }
        var names: [String] = []
        for name in sameTable + near + same + similar where !names.contains(name) { names.append(name) }
        return Array(names.prefix(3))
    }
}

extension [ConfigurationPath.Step] {
    /// The steps as a path.
    var written: String {
        var text = ""
        for step in self {
            switch step {
            case .index(let index): text += "[\(index)]"
            case .name(let name):
                let isPlain = name.utf8.allSatisfy { byte in
                    byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                }
                text += (text.isEmpty ? "" : ".") + (isPlain ? name : "\"\(name)\"")
            }
        }
        return text
    }
}
