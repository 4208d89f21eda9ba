internal import RouterKit

// What the routes, roles and further names mean together is judged where they are used; here it gets its place in the file.
extension ConfigurationChecker {
    /// Adds what a table of routes would refuse, except for what is reported already.
    ///
    /// - Parameters:
    ///   - rules: What the configuration says.
    ///   - root: The configuration.
    ///   - namesAllModels: Whether a provider has the models that are named for it and no others.
    mutating func checkRules(_ rules: RoutingRules, in root: ConfigValue, namesAllModels: Bool = false) {
        let known = problems.map(\.keyPath)
        let secrets = root.textsFromVariables
        // A hint names other things of the configuration, and what came from a variable may be a secret by mistake.
        func hint(_ problem: RouteTable.Problem) -> String? {
            problem.hint.flatMap { hint in secrets.contains { hint.contains($0) } ? nil : hint }
        }
        for problem in RouteTable.problems(in: rules) {
            let (value, path) = root.place(of: problem.path)
            guard !known.contains(where: { Self.isSame($0, path) }) else { continue }
            report(problem.message, hint: hint(problem), at: value, path: path)
        }
        for warning in RouteTable.warnings(in: rules) {
            let (value, path) = root.place(of: warning.path)
            if namesAllModels {
                report(warning.message, hint: hint(warning), at: value, path: path)
            } else {
                warn(warning.message, hint: hint(warning), at: value, path: path)
            }
        }
    }

    // Whether one is the other, or a part of it: what is wrong by itself makes more wrong.
    private static func isSame(_ lhs: String, _ rhs: String) -> Bool {
        func contains(_ whole: String, _ part: String) -> Bool {
            part.hasPrefix(whole) && [nil, ".", "["].contains(part.dropFirst(whole.count).first)
        }
        return contains(lhs, rhs) || contains(rhs, lhs)
    }
}

extension ConfigValue {
    /// The value at a place, or the last one on the way there, and the place's name.
    fileprivate func place(of steps: [RouteTable.Problem.Step]) -> (ConfigValue, String) {
        var value = self
        var path = ""
        for step in steps {
            var next: ConfigValue?
            switch step {
            case .key(let name):
                next = value[name]
                path += path.isEmpty ? name : ".\(name)"
            case .index(let index):
                if let elements = value.array, elements.indices.contains(index) { next = elements[index] }
                path += "[\(index)]"
            }
            guard var found = next else { continue }
            // What a variable set stands in no file, but its name tells where.
            if found.position == nil { found.position = value.position }
            value = found
        }
        if let target = value["target"], case .index? = steps.last {
            return (target, "\(path).target")
        }
        return (value, path)
    }

    fileprivate var textsFromVariables: [String] {
        switch content {
        case .string(let text): isFromVariable && !text.isEmpty ? [text] : []
        case .array(let elements): elements.flatMap(\.textsFromVariables)
        case .table(let table): table.entries.flatMap(\.value.textsFromVariables)
        default: []
        }
    }
}
