package import TransportKit

/// OpenAI's list of models, as a server writes it.
package enum OpenAIModelList {
    /// Writes a list: in the order given, each name once.
    package static func encode(_ models: [Model]) -> JSONValue {
        var names: Set<ModelID> = []
        return ["object": "list", "data": .array(models.filter { names.insert($0.id).inserted }.map(encode))]
    }

    /// Writes one model.
    package static func encode(_ model: Model) -> JSONValue {
        [
            "id": .string(model.id.rawValue),
            "object": "model",
            "created": .number(JSONNumber(model.created ?? 0)),
            "owned_by": .string(model.owner ?? model.provider.rawValue),
        ]
    }
}
