internal import ProviderKit

/// A LiteLLM proxy's configuration, turned into one of ours.
///
/// No key is taken over: what stands in LiteLLM's file is replaced by a variable's name.
package struct LiteLLMImport {
    /// The configuration as TOML.
    package private(set) var text = ""
    /// What is to be known of it: what has no counterpart, and what has to be done by hand.
    package var notes: [ConfigurationError.Problem] { reader.notes.sortedByPlace }

    private var reader: LiteLLMReader

    /// Reads a file of LiteLLM's.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - format: How it is written; LiteLLM's own is YAML.
    ///   - path: The name by which notes call it.
    /// - Throws: `PlexError` of code `configuration` if it is none of LiteLLM's, or nothing in it has a counterpart.
    package init(
        parsing bytes: [UInt8],
        format: ConfigurationDocument.Format,
        path: String
    ) throws(PlexError) {
        let document = try ConfigurationDocument(parsing: bytes, format: format, path: path)
        reader = LiteLLMReader(file: path)
        guard document.root["model_list"]?.array != nil else {
            throw ConfigurationError([
                .init(
                    file: path,
                    message: "there is no list model_list, so this is no configuration of LiteLLM's proxy",
                    hint: "plexctl config check reads one of ours"
                )
            ]).plexError
        }
        reader.read(document.root)
        guard !reader.deployments.isEmpty else {
            let none = ConfigurationError.Problem(file: path, message: "no entry of model_list has a counterpart here")
            throw ConfigurationError(reader.notes + [none]).plexError
        }
        var writer = LiteLLMWriter(reader: reader)
        let tree = writer.tree()
        reader.notes = writer.reader.notes
        do {
            text = try TOMLWriter.write(tree)
        } catch {
            throw ConfigurationError([.init(file: path, message: error.message)]).plexError
        }
    }
}
