/// Puts variables into texts: `${NAME}`, `${NAME:-default}`, and `$${` for `${` itself.
///
/// What a variable holds is not looked at again, so no variable can bring in another.
enum Substitution {
    /// Puts variables into one text.
    ///
    /// - Parameters:
    ///   - text: What stands in the file.
    ///   - environment: The variables.
    /// - Returns: The text with the variables' values, or `nil` if there was nothing to do.
    /// - Throws: `InvalidText` that names the variable, never its value.
    static func apply(to text: String, environment: [String: String]) throws(InvalidText) -> String? {
        guard text.contains("${") else { return nil }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                rest = rest.dropFirst(2)
                guard let end = rest.firstIndex(of: "}") else {
                    throw InvalidText("${ without a closing }; write $${ for the characters themselves")
                }
                result += try value(of: rest[..<end], environment: environment)
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    private static func value(
        of expression: Substring,
        environment: [String: String]
    ) throws(InvalidText) -> String {
        var name = expression
        var fallback: Substring?
        if let colon = expression.firstIndex(of: ":") {
            name = expression[..<colon]
            guard expression[colon...].hasPrefix(":-") else {
                throw InvalidText("expected ${NAME} or ${NAME:-default}")
            }
            fallback = expression[colon...].dropFirst(2)
        }
        guard isName(name) else {
            throw InvalidText("a variable's name has letters, digits and _, as in ${OPENAI_API_KEY}")
        }
        if let fallback, fallback.contains("${") { throw InvalidText("a default cannot hold another ${…}") }
        // As in a shell, `:-` also stands in for a variable that is empty.
        if let value = environment[String(name)], fallback == nil || !value.isEmpty { return value }
        guard let fallback else {
            throw InvalidText("the variable \(name) is not defined; set it, or write ${\(name):-default}")
        }
        return String(fallback)
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
