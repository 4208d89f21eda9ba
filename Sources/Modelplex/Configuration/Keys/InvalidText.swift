/// Why a text of the configuration is not what it should be.
package struct InvalidText: Error {
    package var message: String
    package init(_ message: String) { self.message = message }
}
