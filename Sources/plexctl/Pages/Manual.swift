/// What the manual page says beside the command tree.
struct Manual: Sendable {
    /// A named thing and its meaning.
    struct Entry: Sendable {
        /// The name.
        var term: String
        /// What it is or does.
        var text: String
    }

    /// The date that the page shows.
    var date: String
    /// The release that the page belongs to.
    var version: String
    /// What the program is, in paragraphs.
    var description: [String]
    /// The variables that it reads.
    var environment: [Entry]
    /// The files that it reads.
    var files: [Entry]
}
