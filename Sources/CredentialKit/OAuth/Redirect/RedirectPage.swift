/// What the browser shows when it was sent back: a short page in which nothing of the login stands.
package struct RedirectPage: Sendable, Hashable {
    let status: String
    let text: String

    /// The login goes on in the program.
    package static let accepted = RedirectPage(
        status: "200 OK",
        text: "You can close this window and go back to the program that you log in to."
    )
    /// The answer was none that could be used.
    package static let refused = RedirectPage(
        status: "400 Bad Request",
        text: "The login did not succeed. The program that you log in to says why."
    )
    static let notFound = RedirectPage(status: "404 Not Found", text: "There is nothing here.")
    static let malformed = RedirectPage(status: "400 Bad Request", text: "This is no request that is understood here.")
    static let wrongMethod = RedirectPage(status: "405 Method Not Allowed", text: "Only GET is understood here.")

    /// The answer as it is sent.
    var bytes: [UInt8] {
        let body =
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Modelplex</title><p>\(text)</p></html>\n"
        let head = [
            "HTTP/1.1 \(status)", "Content-Type: text/html; charset=utf-8", "Content-Length: \(body.utf8.count)",
            "Connection: close", "Cache-Control: no-store", "Referrer-Policy: no-referrer",
            "Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff",
        ]
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }
}
