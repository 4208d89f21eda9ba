/// Reads a LiteLLM proxy's configuration, and notes what has no counterpart.
struct LiteLLMReader {
    private let file: String
    var notes: [ConfigurationError.Problem] = []
    private(set) var deployments: [LiteLLMDeployment] = []
    var settings = LiteLLMSettings()

    private var credentials: [String: ConfigTable] = [:]
    private var noted: Set<String> = []

    init(file: String) {
        self.file = file
    }

    mutating func read(_ root: ConfigValue) {
        for element in root["credential_list"]?.array ?? [] {
            guard let name = element["credential_name"]?.string else { continue }
            credentials[name] = element["credential_values"]?.table
        }
        for (index, element) in (root["model_list"]?.array ?? []).enumerated() {
            readDeployment(element, "model_list[\(index)]")
        }
        for entry in root.table?.entries ?? [] {
            let path = entry.key
            switch path {
            case "model_list", "credential_list": break
            case "litellm_settings", "router_settings": readSettings(entry.value, path)
            case "general_settings": readGeneral(entry.value, path)
            case "environment_variables":
                note(
                    "is not taken over; set these variables yourself, or name a file with --env-file",
                    at: entry.value,
                    path
                )
            default: noteUnknown(entry.value, path)
            }
        }
    }

    // MARK: - Notes

    mutating func note(_ message: String, hint: String? = nil, at value: ConfigValue?, _ path: String) {
        notes.append(
            .init(
                file: file,
                line: value?.position?.line,
                column: value?.position?.column,
                keyPath: path,
                message: message,
                hint: hint
            )
        )
    }

    /// Notes a key without counterpart, once for all entries of a list.
    mutating func noteUnknown(_ value: ConfigValue, _ path: String) {
        let general = path.split(separator: "[").enumerated().map { index, part in
            index == 0 ? String(part) : String(part.drop { $0 != "]" })
        }.joined(separator: "[")
        guard noted.insert(general).inserted else { return }
        note("has no counterpart here", at: value, path)
    }

    // MARK: - Values

    /// A text in which `os.environ/NAME` is a variable of ours, and nothing else is.
    func text(_ value: ConfigValue?) -> String? {
        guard let text = value?.string else { return nil }
        return Self.variable(text).map { "${\($0)}" } ?? text.replacing("${", with: "$${")
    }

    /// The variable that `os.environ/NAME` names.
    static func variable(_ text: String) -> String? {
        let name = text.drop { $0 == " " }
        guard name.hasPrefix("os.environ/") else { return nil }
        return String(name.dropFirst("os.environ/".count))
    }

    /// A time of LiteLLM's, which counts in seconds.
    func seconds(_ value: ConfigValue?) -> String? {
        guard let value, let number = ConfigScalar.number(value), number > 0 else { return nil }
        return number == number.rounded() ? "\(Int(number))s" : "\(Int((number * 1000).rounded()))ms"
    }

    // MARK: - Models

    private mutating func readDeployment(_ element: ConfigValue, _ path: String) {
        guard let alias = element["model_name"]?.string, !alias.isEmpty,
            let own = element["litellm_params"]?.table, let model = own["model"]?.string
        else {
            note("is left out: it has no model_name, or no model in its litellm_params", at: element, path)
            return
        }
        var parameters = own
        if let name = own["litellm_credential_name"]?.string {
            for entry in credentials[name]?.entries ?? [] where parameters[entry.key] == nil {
                parameters[entry.key] = entry.value
            }
        }
        let baseURL = text(parameters["api_base"] ?? parameters["base_url"])
        let (word, name) = LiteLLMDeployment.split(model, provider: parameters["custom_llm_provider"]?.string)
        guard name != "*" || word != nil else {
            note(
                "is left out: a wildcard for every provider at once has no counterpart",
                hint: "a provider under [[providers]] answers to PROVIDER/MODEL for all of its models",
                at: element,
                path
            )
            return
        }
        guard let word, let site = LiteLLMDeployment.site(of: word, baseURL: baseURL) else {
            note(
                "is left out: there is no counterpart for LiteLLM's provider \(word ?? "of \(model)")",
                hint: "an OpenAI-compatible address of it can be used with type = \"openai\" and base_url",
                at: element,
                path
            )
            return
        }
        var deployment = LiteLLMDeployment(
            alias: alias,
            model: name,
            site: site,
            parameters: ConfigTable(),
            position: element.position
        )
        for entry in parameters.entries {
            readParameter(entry.key, entry.value, "\(path).litellm_params.\(entry.key)", &deployment)
        }
        for entry in element["model_info"]?.table?.entries ?? [] {
            readInformation(entry.key, entry.value, "\(path).model_info.\(entry.key)", &deployment)
        }
        for entry in element.table?.entries ?? [] {
            switch entry.key {
            case "model_name", "litellm_params", "model_info": break
            case "rpm", "tpm": readParameter(entry.key, entry.value, "\(path).\(entry.key)", &deployment)
            default: noteUnknown(entry.value, "\(path).\(entry.key)")
            }
        }
        // A server without a key must not be sent OpenAI's, which the type would take from its usual variable.
        if deployment.site.isOwn, deployment.key == nil { deployment.site.type = "vllm" }
        deployments.append(deployment)
    }

    private mutating func readParameter(
        _ name: String,
        _ value: ConfigValue,
        _ path: String,
        _ deployment: inout LiteLLMDeployment
    ) {
        switch name {
        case "model", "api_base", "base_url", "custom_llm_provider", "litellm_credential_name": break
        case "api_key": deployment.key = readKey(value, path, deployment)
        case "api_version": deployment.site.apiVersion = text(value)
        case "organization": readHeader("OpenAI-Organization", value, path, &deployment)
        case "extra_headers", "headers":
            for entry in value.table?.entries ?? [] {
                readHeader(entry.key, entry.value, "\(path).\(entry.key)", &deployment)
            }
        case "timeout": deployment.site.total = seconds(value)
        case "stream_timeout": deployment.site.firstByte = seconds(value)
        case "weight": deployment.weight = ConfigScalar.number(value)
        case "order": deployment.order = ConfigScalar.integer(value)
        case "rpm", "tpm":
            // Of the three, LiteLLM counts the weight first, then requests, then tokens.
            let number = ConfigScalar.number(value)
            if name == "rpm" { deployment.requests = number } else { deployment.tokens = number }
            if noted.insert(name).inserted {
                note("is taken for a weight; no limit is kept, a provider's own 429 is obeyed instead", at: value, path)
            }
        case "input_cost_per_token", "output_cost_per_token": readInformation(name, value, path, &deployment)
        case "temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop", "presence_penalty",
            "frequency_penalty", "reasoning_effort", "n", "top_k", "logit_bias", "user":
            deployment.parameters[name] = value
        case "drop_params": break
        default: noteUnknown(value, path)
        }
    }

    private mutating func readInformation(
        _ name: String,
        _ value: ConfigValue,
        _ path: String,
        _ deployment: inout LiteLLMDeployment
    ) {
        switch name {
        case "input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost":
            guard let cost = ConfigScalar.number(value) else { return noteUnknown(value, path) }
            var price = deployment.price ?? Price(input: 0, output: 0)
            switch name {
            case "input_cost_per_token": price.input = cost * 1_000_000
            case "output_cost_per_token": price.output = cost * 1_000_000
            default: price.cachedInput = cost * 1_000_000
            }
            deployment.price = price
        // What a model is called or said to be able to do in LiteLLM's own lists decides nothing here.
        case "id", "mode", "base_model", "version", "metadata", "description": break
        case _ where name.hasPrefix("supports_") || name.hasPrefix("max_"): break
        default: noteUnknown(value, path)
        }
    }

    // MARK: - Secrets

    /// Words that servers without keys are given for one.
    private static let noKeys: Set<String> = [
        "", "none", "null", "empty", "dummy", "fake", "fake-key", "not-needed", "no-key", "anything", "sk-none", "na",
        "sk-no-key-required", "ollama", "lm-studio", "placeholder", "n/a", "no-key-required",
    ]

    private mutating func readKey(_ value: ConfigValue, _ path: String, _ deployment: LiteLLMDeployment) -> String? {
        guard let text = value.string else { return nil }
        if let variable = Self.variable(text) { return "${\(variable)}" }
        guard !Self.noKeys.contains(text.lowercased()) else { return nil }
        return placeholder("API_KEY", for: text, at: value, path, deployment)
    }

    private mutating func readHeader(
        _ name: String,
        _ value: ConfigValue,
        _ path: String,
        _ deployment: inout LiteLLMDeployment
    ) {
        guard let text = value.string else { return noteUnknown(value, path) }
        if let variable = Self.variable(text) {
            deployment.site.headers[name] = "${\(variable)}"
        } else {
            let word = String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
            deployment.site.headers[name] = placeholder(word, for: text, at: value, path, deployment)
        }
    }

    private var placeholders: [String: String] = [:]

    /// A variable in the place of what stands in the file, the same for the same text.
    private mutating func placeholder(
        _ suffix: String,
        for secret: String,
        at value: ConfigValue,
        _ path: String,
        _ deployment: LiteLLMDeployment
    ) -> String {
        if let known = placeholders[secret] { return known }
        let stem = "\(LiteLLMDeployment.name(of: deployment.site))_\(suffix)".uppercased().map { letter in
            letter.isASCII && (letter.isLetter || letter.isNumber) ? letter : "_"
        }
        var name = String(stem)
        var number = 1
        while placeholders.values.contains("${\(name)}") {
            number += 1
            name = String(stem) + "_\(number)"
        }
        placeholders[secret] = "${\(name)}"
        note("stands in the file itself and is not taken over", hint: "set the variable \(name) to it", at: value, path)
        return "${\(name)}"
    }
}
