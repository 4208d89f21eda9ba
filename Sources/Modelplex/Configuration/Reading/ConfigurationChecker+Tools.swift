internal import MCPKit

// What the parts of `[mcp]` mean for each other.
extension ConfigurationChecker {
    /// Looks whether there is whom an entry of `mcp.access` speaks of.
    mutating func checkToolAccess(_ root: ConfigValue) {
        let keys = (root["server"]?["access_keys"]?.array ?? []).enumerated().map { index, key in
            key["name"]?.string ?? "key-\(index + 1)"
        }
        for (index, entry) in (root["mcp"]?["access"]?.array ?? []).enumerated() where entry.table != nil {
            let path = "mcp.access[\(index)]"
            if entry["allow"] == nil, entry["deny"] == nil {
                report("the key allow or deny is missing", at: entry, path: path)
            }
            guard let key = entry["key"], let name = key.string, !keys.contains(name) else { continue }
            report(
                "there is no access key of this name",
                hint: keys.isEmpty ? "name one in server.access_keys" : "the keys are \(keys.joined(separator: ", "))",
                at: key,
                path: "\(path).key"
            )
        }
    }

    /// Looks whether seeds can be kept: they have commands or an address, and no secret.
    mutating func checkSeeds(_ seeds: [ConfigValue]) {
        checkNames(of: seeds, path: "mcp.seeds", what: "seed")
        for (index, seed) in seeds.enumerated() where seed.table != nil {
            let path = "mcp.seeds[\(index)]"
            switch (seed["commands"], seed["url"]) {
            case (nil, nil): report("the key commands or url is missing", at: seed, path: path)
            case (_?, let url?): report("a seed has commands or url, not both", at: url, path: "\(path).url")
            default: break
            }
            for key in ["env", "headers"] {
                for entry in seed[key]?.table?.entries ?? [] {
                    let written =
                        if case .substituted(let template) = entry.value.provenance { template } else {
                            entry.value.string
                        }
                    guard let written, !SecretReference.isReference(written) else { continue }
                    report(
                        "a seed holds no text of its own here",
                        hint: "write \(SecretReference.forms)",
                        at: entry.value,
                        path: "\(path).\(key).\(entry.key)"
                    )
                }
            }
        }
    }
}
