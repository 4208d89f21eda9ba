#!/usr/bin/env python3
"""Reads the scripted answers of Ollama's dialect with the official client: ollama_client.py BASE_URL"""
import sys

import ollama
from common import check, expect_error, finish

client = ollama.Client(host=sys.argv[1])
ASK = [{"role": "user", "content": "Hi"}]


def whole(model):
    return client.chat(model=model, messages=ASK)


def lines(model):
    return list(client.chat(model=model, messages=ASK, stream=True))


answer = whole("text")
check("text", answer.message.content, "Hello there")
check("done", (answer.done, answer.done_reason), (True, "stop"))
check("usage", (answer.prompt_eval_count, answer.eval_count), (11, 7))

parts = lines("text")
check("streamed text", "".join(p.message.content or "" for p in parts), "Hello there")
check("streamed done", [p.done for p in parts], [False] * (len(parts) - 1) + [True])
check("streamed usage", (parts[-1].prompt_eval_count, parts[-1].eval_count), (11, 7))

WANTED = [("get_weather", {"city": "Zürich"}), ("get_time", {})]
check("calls", [(c.function.name, dict(c.function.arguments)) for c in whole("tools").message.tool_calls], WANTED)
check("streamed calls", [(c.function.name, dict(c.function.arguments))
                         for p in lines("tools") for c in p.message.tool_calls or []], WANTED)
check("thinking", whole("reasoning").message.thinking, "Let me think.")
check("streamed thinking", "".join(p.message.thinking or "" for p in lines("reasoning")), "Let me think.")
check("models", [m.model for m in client.list().models], ["text", "tools"])

progress = list(client.pull("text", stream=True))
check("pull", (progress[0].status, progress[-1].status), ("pulling manifest", "success"))
check("pulled bytes", [p.completed for p in progress if p.total], [250, 500, 750, 1000])

for model in ["400", "401", "404", "429", "500"]:
    error = expect_error(model, ollama.ResponseError, lambda: whole(model))
    if error is not None:
        check(f"{model}: error", (error.status_code, error.error), (int(model), "the scripted error"))
expect_error("error in a stream", ollama.ResponseError, lambda: lines("error inside a stream"))
check("bytes", "".join(p.message.content or "" for p in lines("one byte at a time")), "The answer is forty-two.")
finish()
