#!/usr/bin/env python3
"""Reads the scripted answers of the Anthropic dialect with the official client: anthropic_client.py BASE_URL"""
import sys

import anthropic
from common import check, expect_error, finish

client = anthropic.Anthropic(base_url=sys.argv[1], api_key="sk-wire", max_retries=0)
ASK = [{"role": "user", "content": "Hi"}]


def whole(model):
    return client.messages.create(model=model, max_tokens=64, messages=ASK)


def streamed(model):
    with client.messages.stream(model=model, max_tokens=64, messages=ASK) as stream:
        return stream.get_final_message()


for name, ask in [("whole", whole), ("streamed", streamed)]:
    message = ask("text")
    check(f"{name} text", message.content[0].text, "Hello there")
    check(f"{name} stop reason", message.stop_reason, "end_turn")
    check(f"{name} usage", (message.usage.input_tokens, message.usage.output_tokens), (11, 7))

    message = ask("tools")
    check(f"{name} calls", [(b.type, b.id, b.name, b.input) for b in message.content],
          [("tool_use", "call_0", "get_weather", {"city": "Zürich"}), ("tool_use", "call_1", "get_time", {})])
    check(f"{name} calls' stop reason", message.stop_reason, "tool_use")

    message = ask("reasoning")
    check(f"{name} thinking", (message.content[0].thinking, message.content[0].signature), ("Let me think.", "seal-1"))
    check(f"{name} text behind it", message.content[1].text, "So it is.")

check("request id", whole("text")._request_id, "req-1")
check("models", [m.id for m in client.models.list().data], ["text", "tools"])

for model, kind in [
    ("400", anthropic.BadRequestError), ("401", anthropic.AuthenticationError),
    ("403", anthropic.PermissionDeniedError), ("404", anthropic.NotFoundError), ("429", anthropic.RateLimitError),
    ("500", anthropic.InternalServerError), ("529", anthropic._exceptions.OverloadedError),
]:
    error = expect_error(model, kind, lambda: whole(model))
    if error is not None:
        check(f"{model}: message", error.body["error"]["message"], "the scripted error")
        check(f"{model}: request id", error.request_id, "req-1")
expect_error("error in a stream", anthropic.APIStatusError, lambda: streamed("error inside a stream"))
expect_error("reset before the head", anthropic.APIConnectionError, lambda: streamed("reset before the head"))
for model in ["mixed line ends", "keep-alives between events", "one byte at a time"]:
    check(model, streamed(model).content[0].text, "The answer is forty-two.")
finish()
