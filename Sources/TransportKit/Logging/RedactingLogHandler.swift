/// Takes secrets out of messages and metadata before another handler sees them.
public final class RedactingLogHandler<Base: LogHandler>: LogHandler {
    private let base: Base
    private let redactor: Locked<Redactor>

    /// Makes a handler.
    ///
    /// - Parameters:
    ///   - base: Where entries go then.
    ///   - secrets: Secrets to look for, beside what looks like one.
    public init(_ base: Base, secrets: [Secret] = []) {
        self.base = base
        redactor = Locked(Redactor(secrets: secrets))
    }

    /// Adds a secret to look for from now on.
    public func register(_ secret: Secret) {
        redactor.withLock { $0.insert(secret) }
    }

    /// Whether the other handler wants entries of a level.
    public func isEnabled(for level: Logger.Level) -> Bool { base.isEnabled(for: level) }

    /// Passes an entry on without secrets.
    public func log(_ event: LogEvent) {
        let redactor = redactor.withLock { $0 }
        var event = event
        event.message = redactor.redact(event.message)
        event.metadata = event.metadata.mapValues { $0.redacted(by: redactor) }
        base.log(event)
    }
}

extension Logger.MetadataValue {
    fileprivate func redacted(by redactor: Redactor) -> Self {
        switch self {
        case .string(let text): .string(redactor.redact(text))
        case .stringConvertible(let value): .string(redactor.redact(value.description))
        case .array(let values): .array(values.map { $0.redacted(by: redactor) })
        case .dictionary(let values): .dictionary(values.mapValues { $0.redacted(by: redactor) })
        }
    }
}
