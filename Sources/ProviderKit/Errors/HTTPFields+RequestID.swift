internal import TransportKit

extension HTTPFields {
    /// The server's name for the request, by whichever of the usual fields it gives it.
    var requestID: String? {
        let names = Self.requestIDNames
        var found: (rank: Int, value: String)?
        for field in fields where !field.value.isEmpty {
            let length = field.name.utf8.count
            for rank in 0..<(found?.rank ?? names.count)
            where Self.requestIDLengths[rank] == length && field.isNamed(names[rank]) {
                found = (rank, field.value)
                break
            }
        }
        return found?.value
    }

    // The first of these that is there counts.

    private static let requestIDNames = [
        "x-request-id", "request-id", "apim-request-id", "x-ms-request-id", "x-amzn-requestid", "cf-ray",
    ]
    private static let requestIDLengths = requestIDNames.map(\.utf8.count)
}
