import ProviderKit
import Testing
import TransportKit

@testable import GatewayKit

@Suite("Responses, embeddings of Gemini, forms, and bodies without a type")
struct FurtherEndpointTests {
    private func gateway(_ provider: ScriptedProvider = ScriptedProvider()) -> Gateway {
        Gateway(serving: provider, options: Gateway.Options(), logger: Logger(label: "test"))
    }

    @Test(arguments: ["/v1/responses", "/models/v1/responses"])
    func responses(path: String) async throws {
        let response = await gateway().respond(to: .post(path, #"{"model":"one","input":"hi"}"#))
        #expect(response.status == 200)
        let json = try await response.json()
        #expect(json["object"] == "response" && json["status"] == "completed" && json["model"] == "one")
        #expect(json["output"]?.array?.first?["content"]?.array?.first?["text"] == "hello")
        #expect(json["usage"]?["total_tokens"] == 4 && json["store"] == false)
    }

    @Test func anEarlierAnswerIsRefused() async throws {
        let body = #"{"model":"one","input":"hi","previous_response_id":"resp_1"}"#
        let response = await gateway().respond(to: .post("/v1/responses", body))
        #expect(response.status == 400)
        let error = try await response.json()["error"]
        #expect(error?["param"] == "previous_response_id" && error?["code"] == "unsupported")
    }

    @Test func embeddingsOfGemini() async throws {
        let one = #"{"content":{"parts":[{"text":"ab"},{"text":"c"}]},"taskType":"RETRIEVAL_QUERY"}"#
        let single = await gateway().respond(to: .post("/v1beta/models/one:embedContent", one))
        #expect(try await single.json()["embedding"]?["values"]?.array?.compactMap(\.double) == [3, 0.5])
        let batch = await gateway().respond(
            to: .post("/v1beta/models/one:batchEmbedContents", #"{"requests":[\#(one),\#(one)]}"#)
        )
        let vectors = try await batch.json()["embeddings"]?.array ?? []
        #expect(vectors.map { $0["values"]?.array?.compactMap(\.double) } == [[3, 0.5], [3, 0.5]])
        for wrong in [
            #"{"requests":[]}"#, #"{"requests":[\#(one),{"content":{"parts":[{"text":"x"}]}}]}"#,
            #"{"requests":[{"content":{"parts":[{"inlineData":{}}]}}]}"#, #"{}"#,
        ] {
            let response = await gateway().respond(to: .post("/v1beta/models/one:batchEmbedContents", wrong))
            #expect(response.status == 400, "\(wrong)")
            #expect(try await response.json()["error"]?["status"] == "INVALID_ARGUMENT")
        }
    }

    private func ask(_ path: String, _ body: String, _ fields: HTTPFields) async -> GatewayResponse {
        let request = GatewayRequest(method: "POST", path: path, fields: fields, body: Array(body.utf8))
        return await gateway().respond(to: request)
    }

    @Test(
        "Who is no browser may leave out that a body is JSON",
        arguments: [
            ([:], 200), (["content-type": "application/x-www-form-urlencoded"], 200),
            (["content-type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"], 200),
            (["content-type": "text/plain"], 415), (["content-type": "multipart/form-data"], 415),
            (["origin": "https://evil.example"], 415),
            (["content-type": "application/x-www-form-urlencoded", "origin": "null"], 415),
            (["content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "cross-site"], 415),
            (["content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"], 415),
            (["content-type": "application/json", "sec-fetch-site": "cross-site"], 200),
        ] as [(HTTPFields, Int)]
    )
    func contentTypes(_ fields: HTTPFields, _ status: Int) async {
        let chat = #"{"model":"one","stream":false,"messages":[{"role":"user","content":"hi"}]}"#
        for path in ["/api/chat", "/v1/chat/completions"] {
            #expect(await ask(path, chat, fields).status == status)
        }
    }

    @Test func aFormIsSentOnOrRefused() async throws {
        let form = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\none\r\n--b--\r\n"
        let type: HTTPFields = ["content-type": "multipart/form-data; boundary=b"]
        // Nobody here speaks it.
        let refused = await ask("/v1/audio/transcriptions", form, type)
        #expect(refused.status == 400)
        #expect(try await refused.json()["error"]?["code"] == "unsupported")
        var provider = ScriptedProvider()
        provider.forwarding = { request in
            ForwardedAnswer(
                provider: "scripted",
                model: request.model,
                contentType: "audio/mpeg",
                body: .whole(
                    request.body.bytes + (request.fields["content-type"].map { Array($0.utf8) } ?? []),
                    ForwardSummary()
                )
            )
        }
        let request = GatewayRequest(
            method: "POST",
            path: "/v1/images/edits",
            fields: type,
            body: Array(form.utf8)
        )
        let answer = await gateway(provider).respond(to: request)
        #expect(answer.status == 200 && answer.fields["content-type"] == "audio/mpeg")
        #expect(await answer.text() == form + "multipart/form-data; boundary=b")
        // A page elsewhere can send forms without asking.
        var foreign = request
        foreign.fields["origin"] = "https://evil.example"
        #expect(await gateway(provider).respond(to: foreign).status == 415)
        var wrong = request
        wrong.body = Array("--c".utf8)
        #expect(await gateway(provider).respond(to: wrong).status == 400)
    }

    @Test("Nothing is put between the lines of a stream that has no comments")
    func framing() async throws {
        var provider = ScriptedProvider()
        provider.forwarding = { request in
            let bytes = Array("{\"message\":{\"content\":\"Hi\"},\"done\":true}\n".utf8)
            return ForwardedAnswer(
                provider: "scripted",
                model: request.model,
                contentType: "application/x-ndjson",
                body: .stream(ForwardedStream(OnePiece(bytes)))
            )
        }
        let body = #"{"model":"one","messages":[{"role":"user","content":"hi"}]}"#
        let answer = await gateway(provider).respond(to: .post("/api/chat", body))
        #expect(answer.fields["content-type"] == "application/x-ndjson")
        guard case .stream(let stream) = answer.body else {
            Issue.record("no stream came")
            return
        }
        #expect(stream.keepAlive == nil)
        stream.cancel()
    }
}

/// A stream of one piece.
private final class OnePiece: ForwardedStream.Source {
    private let pieces: Locked<[ForwardedStream.Piece]>

    init(_ bytes: [UInt8]) {
        pieces = Locked([.finished(ForwardSummary()), .events(bytes)])
    }

    func next() async throws(PlexError) -> ForwardedStream.Piece? { pieces.withLock { $0.popLast() } }
    func cancel() {}
}
