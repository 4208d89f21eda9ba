extension MCPError {
    /// The error as somebody may be told it whose request it ended.
    ///
    /// What keeps a server from being used names programs and addresses, which are no guest's business.
    ///
    /// - Parameter caller: Who is told.
    /// - Returns: The error; for a guest, without what the operator alone should know.
    package func told(to caller: MCPServedClient.Caller) -> MCPError {
        let places: [Code] = [.launch, .connection, .closed, .configuration, .authorization]
        return places.contains(code) ? toldInList(to: caller) : self
    }

    /// The error as somebody may be told it who asked for what there is, and not this server for anything.
    ///
    /// - Parameter caller: Who is told.
    /// - Returns: The error; for a guest, without its cause.
    package func toldInList(to caller: MCPServedClient.Caller) -> MCPError {
        guard caller.isGuest else { return self }
        var told = MCPError(code, "it cannot be used at present; ask the operator of this gateway", server: server)
        told.retryAfter = retryAfter
        return told
    }
}
