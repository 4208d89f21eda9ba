/// What the API's rules say about a model, told from its name.
///
/// The rules changed with the models' versions, so they are cut-offs by version and hold for models not yet known: up to
/// 4.5 thinking takes a budget; 4.6 takes a budget or decides itself (`adaptive`); from 4.7 it only decides itself, and
/// sampling settings are refused. A name without `claude` is another server that speaks this dialect.
package struct AnthropicModelTraits: Sendable, Hashable {
    /// A model's version.
    package struct Version: Sendable, Hashable, Comparable {
        package var major: Int
        package var minor: Int

        package static func < (lhs: Version, rhs: Version) -> Bool {
            (lhs.major, lhs.minor) < (rhs.major, rhs.minor)
        }
    }

    /// Whether the name is one of Anthropic's.
    package let isClaude: Bool
    /// The version, where the name has one.
    package let version: Version?

    package init(model: ModelID) {
        let name = model.rawValue.lowercased()
        // Names come with prefixes of other platforms: `anthropic/claude-…`, `us.anthropic.claude-…`.
        let words = name.split(whereSeparator: { "-./@:_".contains($0) })
        guard let start = words.lastIndex(of: "claude") else {
            isClaude = false
            version = nil
            return
        }
        isClaude = true
        let rest = Array(words[(start + 1)...])
        // Dates have eight digits; versions one or two.
        guard let first = rest.firstIndex(where: { Self.number($0) != nil }), let major = Self.number(rest[first])
        else {
            version = nil
            return
        }
        let minor = rest.indices.contains(first + 1) ? Self.number(rest[first + 1]) : nil
        version = Version(major: major, minor: minor ?? 0)
    }

    private static func number(_ word: Substring) -> Int? {
        word.utf8.count <= 2 ? Int(word) : nil
    }

    /// Whether the version is at least this one; a Claude model without a version in its name counts as newest.
    package func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        isClaude && (version.map { $0 >= Version(major: major, minor: minor) } ?? true)
    }

    /// Whether the model can think before it answers.
    package var canThink: Bool { isAtLeast(3, 7) }
    /// Whether thinking takes a budget in tokens.
    package var acceptsThinkingBudget: Bool { !isAtLeast(4, 7) }
    /// Whether thinking takes an effort in words.
    package var acceptsEffort: Bool { isAtLeast(4, 6) }
    /// Whether temperature and its like are taken.
    package var acceptsSampling: Bool { !isAtLeast(4, 7) }
    /// Whether temperature and top-p are taken together.
    package var acceptsTemperatureWithTopP: Bool { !isAtLeast(4, 1) }
    /// Whether an answer that the request begins is continued.
    package var acceptsPrefill: Bool { !isAtLeast(4, 6) }
    /// Whether answers can be held to a JSON schema.
    package var acceptsJSONSchema: Bool { isAtLeast(4, 1) }
}
