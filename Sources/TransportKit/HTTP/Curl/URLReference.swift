internal import CCurl

/// References to URLs.
package enum URLReference {
    /// Resolves a reference against a URL (RFC 3986 §5), without its fragment.
    package static func resolve(_ reference: String, against base: String) -> String? {
        guard let handle = unsafe curl_url() else { return nil }
        defer { unsafe curl_url_cleanup(handle) }
        guard unsafe curl_url_set(handle, CURLUPART_URL, base, 0) == CURLUE_OK,
            unsafe curl_url_set(handle, CURLUPART_URL, reference, 0) == CURLUE_OK,
            unsafe curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0) == CURLUE_OK
        else { return nil }
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(handle, CURLUPART_URL, &text, 0) == CURLUE_OK, let text = unsafe text else {
            return nil
        }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
