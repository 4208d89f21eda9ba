extension ConfigurationPath {
    /// The variable that is put over the file's value; `nil` where the file alone decides.
    package var variable: String? {
        var names: [String] = []
        for step in steps {
            guard case .name(let name) = step else { return nil }
            names.append(name)
        }
        return EnvironmentOverrides.variable(for: names)
    }
}
