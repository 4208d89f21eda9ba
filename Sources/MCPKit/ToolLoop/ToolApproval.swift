public import ProviderKit

/// A call that wants somebody's word before it is run.
public struct ToolApprovalRequest: Sendable {
    /// The call as the model wrote it.
    public var call: ToolCall
    /// The server and what it says of its tool; `nil` for a function of the program.
    ///
    /// Its annotations are claims of the server, not facts.
    public var serverTool: (source: String, tool: MCPTool)?
    /// The round, counted from 1.
    public var round: Int
}

/// Whether a call may be run.
@nonexhaustive
public enum ToolApproval: Sendable, Hashable {
    /// It may.
    case approved
    /// It may not; the model is told the reason, if there is one.
    case denied(reason: String?)
}
