#!/usr/bin/env python3
"""Reads the scripted answers of the OpenAI dialect with the official client: openai_client.py BASE_URL"""
import json
import sys

import openai
from common import check, expect_error, finish

client = openai.OpenAI(base_url=sys.argv[1], api_key="sk-wire", max_retries=0)
ASK = [{"role": "user", "content": "Hi"}]


def whole(model):
    return client.chat.completions.create(model=model, messages=ASK)


def chunks(model):
    return list(
        client.chat.completions.create(model=model, messages=ASK, stream=True, stream_options={"include_usage": True})
    )


answer = whole("text")
check("text", answer.choices[0].message.content, "Hello there")
check("finish", answer.choices[0].finish_reason, "stop")
check("usage", (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens), (11, 7, 18))
check("request id", answer._request_id, "req-1")

parts = chunks("text")
check("streamed text", "".join(c.choices[0].delta.content or "" for c in parts if c.choices), "Hello there")
check("streamed finish", [c.choices[0].finish_reason for c in parts if c.choices][-1], "stop")
check("streamed usage", parts[-1].usage.total_tokens, 18)
check("one id", {c.id for c in parts}, {answer.id})

calls = whole("tools").choices[0].message.tool_calls
check("calls", [(c.id, c.type, c.function.name) for c in calls],
      [("call_0", "function", "get_weather"), ("call_1", "function", "get_time")])
check("arguments", json.loads(calls[0].function.arguments), {"city": "Zürich"})

# The client's own helper puts the pieces of a stream together.
with client.chat.completions.stream(model="tools", messages=ASK) as stream:
    final = stream.get_final_completion()
check("streamed calls", [(c.id, c.function.name, json.loads(c.function.arguments))
                         for c in final.choices[0].message.tool_calls],
      [("call_0", "get_weather", {"city": "Zürich"}), ("call_1", "get_time", {})])
check("streamed calls' finish", final.choices[0].finish_reason, "tool_calls")

check("reasoning", whole("reasoning").choices[0].message.reasoning_content, "Let me think.")
check("models", [m.id for m in client.models.list().data], ["text", "tools"])

for model, kind in [
    ("400", openai.BadRequestError), ("401", openai.AuthenticationError), ("403", openai.PermissionDeniedError),
    ("404", openai.NotFoundError), ("429", openai.RateLimitError), ("500", openai.InternalServerError),
]:
    error = expect_error(model, kind, lambda: whole(model))
    if error is not None:
        check(f"{model}: message", error.body["message"], "the scripted error")
        check(f"{model}: request id", error.request_id, "req-1")
expect_error("error in a stream", openai.APIError, lambda: chunks("error inside a stream"))
expect_error("reset before the head", openai.APIConnectionError, lambda: chunks("reset before the head"))
for model in ["mixed line ends", "keep-alives between events", "one byte at a time", "events after the end mark"]:
    text = "".join(c.choices[0].delta.content or "" for c in chunks(model) if c.choices)
    check(model, text, "The answer is forty-two.")
finish()
