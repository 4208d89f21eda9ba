import RouterKit

/// The name that was most likely meant by a mistyped word.
///
/// - Parameters:
///   - word: What was typed.
///   - names: What could have been meant.
/// - Returns: The name that is nearest to the word or, if none is near, the first one that begins with it.
func nearestName(to word: String, among names: [String]) -> String? {
    NearestName.of(word, among: names) ?? names.first { word.count >= 2 && $0.hasPrefix(word) }
}
