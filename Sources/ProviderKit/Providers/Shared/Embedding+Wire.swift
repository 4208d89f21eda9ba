internal import TransportKit

extension EmbeddingRequest {
    /// The fields that the dialects have in common.
    var body: JSONObject {
        var body: JSONObject = ["model": .string(model.rawValue), "input": .array(input.map { .string($0) })]
        body["dimensions"] = dimensions.map { .number(JSONNumber($0)) }
        return body
    }
}

extension EmbeddingResponse {
    /// A list of numbers as a vector; `nil` if it is empty or anything in it is no number.
    static func vector(_ value: JSONValue?) -> [Float]? {
        guard let numbers = value?.array, !numbers.isEmpty else { return nil }
        var vector: [Float] = []
        vector.reserveCapacity(numbers.count)
        for number in numbers {
            guard let number = number.double else { return nil }
            vector.append(Float(number))
        }
        return vector
    }
}
