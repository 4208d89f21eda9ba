extension RouteTable {
    /// Something in the rules that cannot work.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// A step of the way to the place.
        public enum Step: Sendable, Hashable {
            /// A field of what the way led to.
            case key(String)
            /// An element of it.
            case index(Int)
        }

        /// Where it is, in the words of the configuration: `routes`, `0`, `targets`, `1`.
        public var path: [Step]
        /// What is wrong, without repeating what stands there.
        public var message: String
        /// What to do about it; it may name other things of the rules.
        public var hint: String?

        /// Makes a note of a problem.
        public init(at path: [Step], _ message: String, hint: String? = nil) {
            self.path = path
            self.message = message
            self.hint = hint
        }

        /// The path, the message and the hint.
        public var description: String {
            var text = ""
            for step in path {
                switch step {
                case .key(let name): text += text.isEmpty ? name : ".\(name)"
                case .index(let index): text += "[\(index)]"
                }
            }
            return "\(text): \(message)" + (hint.map { "; \($0)" } ?? "")
        }
    }

    /// Everything in some rules that cannot work, in their order.
    ///
    /// - Parameter rules: The rules.
    /// - Returns: The problems; a table can be made if there are none.
    public static func problems(in rules: RoutingRules) -> [Problem] {
        var checker = RulesChecker(rules)
        checker.check()
        return checker.problems
    }

    /// Everything in some rules that works but is probably not what was meant, in their order.
    ///
    /// - Parameter rules: The rules.
    /// - Returns: The notes; they keep no table from being made.
    public static func warnings(in rules: RoutingRules) -> [Problem] {
        var checker = RulesChecker(rules)
        checker.check()
        return checker.warnings
    }
}
