internal import ProviderKit
internal import TransportKit

/// The page for people who watch the gateway: one document, and nothing from elsewhere.
enum DashboardPage {
    /// The whole document.
    ///
    /// - Parameter nonce: What marks its style and script as ours, new for each answer.
    /// - Returns: The text.
    static func document(nonce: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <title>Modelplex</title>
        <link rel="icon" href="data:,">
        <style nonce="\(nonce)">
        \(style)
        </style>
        </head>
        <body>
        \(markup)
        <script nonce="\(nonce)">
        \(script)
        </script>
        </body>
        </html>

        """
    }

    /// The header fields that keep it to itself: nothing is loaded from elsewhere, nothing runs but its own script, and no
    /// other page can hold it in a frame (Content Security Policy Level 3; RFC 7034).
    ///
    /// - Parameter nonce: The document's.
    /// - Returns: The fields.
    static func fields(nonce: String) -> HTTPFields {
        let policy = [
            "default-src 'none'", "script-src 'nonce-\(nonce)'", "style-src 'nonce-\(nonce)'", "connect-src 'self'",
            "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ]
        return [
            "content-type": "text/html; charset=utf-8", "content-security-policy": policy.joined(separator: "; "),
            "x-frame-options": "DENY", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
        ]
    }

    /// Something that nobody can guess.
    static func makeNonce() -> String {
        // Linux's own generator, with 128 bits.
        let bits = (UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max))
        return String(bits.0, radix: 16) + String(bits.1, radix: 16)
    }
}

/// Gives the page.
///
/// It holds nothing of this gateway, so it needs no key: what it shows it asks for with the reader's.
struct DashboardEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let nonce = DashboardPage.makeNonce()
        return GatewayResponse(
            status: 200,
            fields: DashboardPage.fields(nonce: nonce),
            body: .bytes(Array(DashboardPage.document(nonce: nonce).utf8))
        )
    }
}
