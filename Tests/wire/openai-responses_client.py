#!/usr/bin/env python3
"""Reads the scripted answers of the Responses dialect with the official client: openai-responses_client.py BASE_URL"""
import json
import sys

import openai
from common import check, expect_error, finish

client = openai.OpenAI(base_url=sys.argv[1], api_key="sk-wire", max_retries=0)


def whole(model):
    return client.responses.create(model=model, input="Hi")


def events(model):
    return list(client.responses.create(model=model, input="Hi", stream=True))


def final(model):
    with client.responses.stream(model=model, input="Hi") as stream:
        for _ in stream:
            pass
        return stream.get_final_response()


answer = whole("text")
check("text", answer.output_text, "Hello there")
check("status", answer.status, "completed")
check("usage", (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_tokens), (11, 7, 18))
check("request id", answer._request_id, "req-1")

parts = events("text")
check("streamed text", "".join(e.delta for e in parts if e.type == "response.output_text.delta"), "Hello there")
check("first and last", (parts[0].type, parts[-1].type), ("response.created", "response.completed"))
check("numbers", [e.sequence_number for e in parts], list(range(len(parts))))

for what, response in [("whole", whole("tools")), ("streamed", final("tools"))]:
    check(f"{what}: calls", [(c.call_id, c.name, json.loads(c.arguments)) for c in response.output],
          [("call_0", "get_weather", {"city": "Zürich"}), ("call_1", "get_time", {})])
for what, response in [("whole", whole("reasoning")), ("streamed", final("reasoning"))]:
    thoughts, message = response.output
    check(f"{what}: thoughts", (thoughts.summary[0].text, thoughts.encrypted_content), ("Let me think.", "seal-1"))
    check(f"{what}: text behind them", message.content[0].text, "So it is.")

for model, kind in [
    ("400", openai.BadRequestError), ("401", openai.AuthenticationError), ("403", openai.PermissionDeniedError),
    ("404", openai.NotFoundError), ("429", openai.RateLimitError), ("500", openai.InternalServerError),
]:
    error = expect_error(model, kind, lambda: whole(model))
    if error is not None:
        check(f"{model}: message", error.body["message"], "the scripted error")
        check(f"{model}: request id", error.request_id, "req-1")
check("error in a stream", events("error inside a stream")[-1].type, "error")
expect_error("reset before the head", openai.APIConnectionError, lambda: events("reset before the head"))
finish()
