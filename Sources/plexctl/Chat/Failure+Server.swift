import ProviderKit

extension Failure {
    /// The same failure for a server that `--server` names: what the library calls by its key in a configuration stands elsewhere.
    var inWordsOfServerOption: Failure {
        guard var error else { return self }
        for (key, option) in Self.serverWords { error.message = error.message.replacing(key, with: option) }
        guard error.message != self.error?.message else { return self }
        var failure = self
        // The command's own words stay.
        if message == self.error?.description { failure.message = error.description }
        failure.error = error
        return failure
    }

    private static let serverWords = [
        ("Check api_key, or the variable that holds the key.", "Check the variable PLEX_SERVER_KEY."),
        ("Check the model's name and base_url.", "Check the model's name and the address after --server."),
        ("is base_url right?", "is the address after --server right?"),
        ("; check base_url", "; check the address after --server"),
        ("; set base_url to the right address", "; give --server the right one"),
        ("Then base_url begins with http://", "Then the address after --server begins with http://"),
        ("Raise timeouts.first_byte if it needs longer", "Give it longer with --timeout"),
        ("Raise timeouts.idle if it needs longer", "Give it longer with --timeout"),
        ("Raise timeouts.total if it needs longer", "Give it longer with --timeout"),
        (" Raise timeouts.connect if it needs longer", ""),
    ]
}
