/// What has to be in the store for a credential to be written.
@nonexhaustive
public enum WriteCondition: Sendable, Hashable {
    /// Nothing: what is there is replaced.
    case always
    /// No credential of that name.
    case isNew
    /// Any credential of that name.
    case exists
    /// The credential in this version: nobody has changed it since it was read.
    case hasVersion(Int64)
}
