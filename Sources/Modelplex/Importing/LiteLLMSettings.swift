/// What LiteLLM's settings say that has a counterpart here.
struct LiteLLMSettings {
    /// Names that are asked when another fails, in order.
    typealias Fallbacks = [(name: String, others: [String])]

    var strategy: ConfigValue?
    var retries: Int?
    var timeout: String?
    var allowedFailures: Int?
    var cooldown: String?
    var retryAfter: String?
    var fallbacks: Fallbacks = []
    var contextFallbacks: Fallbacks = []
    var contentFallbacks: Fallbacks = []
    var defaultFallbacks: [String] = []
    var aliases: [(name: String, target: String, value: ConfigValue)] = []
    var accessKey: String?
}

extension LiteLLMReader {
    /// Reads `router_settings` and `litellm_settings`, which share most of what matters; the router's counts.
    mutating func readSettings(_ settings: ConfigValue, _ section: String) {
        let isRouter = section == "router_settings"
        for entry in settings.table?.entries ?? [] {
            let value = entry.value
            let path = "\(section).\(entry.key)"
            func prefer<T>(_ old: T?, _ new: T?) -> T? { isRouter ? new ?? old : old ?? new }
            switch entry.key {
            case "routing_strategy": self.settings.strategy = value
            case "num_retries":
                self.settings.retries = prefer(self.settings.retries, ConfigScalar.integer(value))
            case "timeout", "request_timeout": self.settings.timeout = prefer(self.settings.timeout, seconds(value))
            case "allowed_fails":
                self.settings.allowedFailures = prefer(self.settings.allowedFailures, ConfigScalar.integer(value))
            case "cooldown_time": self.settings.cooldown = prefer(self.settings.cooldown, seconds(value))
            case "retry_after": self.settings.retryAfter = prefer(self.settings.retryAfter, seconds(value))
            case "fallbacks": self.settings.fallbacks += fallbacks(value, path)
            case "context_window_fallbacks": self.settings.contextFallbacks += fallbacks(value, path)
            case "content_policy_fallbacks": self.settings.contentFallbacks += fallbacks(value, path)
            case "default_fallbacks": self.settings.defaultFallbacks += (value.array ?? []).compactMap(\.string)
            case "model_group_alias": readAliases(value, path)
            // Both are what always happens here.
            case "drop_params", "enable_pre_call_checks": break
            default: noteUnknown(value, path)
            }
        }
    }

    private mutating func fallbacks(_ value: ConfigValue, _ path: String) -> LiteLLMSettings.Fallbacks {
        var result: LiteLLMSettings.Fallbacks = []
        for element in value.array ?? [] {
            for entry in element.table?.entries ?? [] {
                var names: [String] = []
                for other in entry.value.array ?? [] {
                    guard let name = other.string else {
                        noteUnknown(other, "\(path).\(entry.key)")
                        continue
                    }
                    names.append(name)
                }
                result.append((entry.key, names))
            }
        }
        return result
    }

    private mutating func readAliases(_ value: ConfigValue, _ path: String) {
        for entry in value.table?.entries ?? [] {
            guard let target = entry.value.string ?? entry.value["model"]?.string else {
                noteUnknown(entry.value, "\(path).\(entry.key)")
                continue
            }
            self.settings.aliases.append((entry.key, target, entry.value))
        }
    }

    mutating func readGeneral(_ value: ConfigValue, _ section: String) {
        for entry in value.table?.entries ?? [] {
            let path = "\(section).\(entry.key)"
            guard entry.key == "master_key", let text = entry.value.string else {
                noteUnknown(entry.value, path)
                continue
            }
            if let variable = Self.variable(text) {
                settings.accessKey = "${\(variable)}"
            } else {
                settings.accessKey = "${LITELLM_MASTER_KEY}"
                note(
                    "stands in the file itself and is not taken over",
                    hint: "set the variable LITELLM_MASTER_KEY to it",
                    at: entry.value,
                    path
                )
            }
        }
    }
}
