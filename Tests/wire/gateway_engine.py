#!/usr/bin/env python3
"""Uses a real model through a gateway with the official openai client: gateway_engine.py ADDRESS MODEL"""
import asyncio
import json
import sys

import openai
from common import check, expect_error, finish
from gateway import WEATHER, async_client, client, said

address, model = sys.argv[1:]
plex = client(address)


def user(text):
    return [{"role": "user", "content": text}]


def ask(text, **more):
    return plex.chat.completions.create(model=model, messages=user(text), temperature=0, **more)


answer = ask("What is the capital of France?")
check("answer", answer.choices[0].message.content, "The capital of France is Paris.")
check("finish", answer.choices[0].finish_reason, "stop")
check("usage adds up", answer.usage.prompt_tokens + answer.usage.completion_tokens, answer.usage.total_tokens)
check("request id", bool(answer._request_id), True)

chunks = list(ask("Count to five.", stream=True))
check("stream", said(chunks), "1 2 3 4 5")
check("usage that nobody asked for", [c.usage for c in chunks if c.usage], [])
check("chunks without a choice", [c for c in chunks if not c.choices], [])
chunks = list(ask("Count to five.", stream=True, stream_options={"include_usage": True}))
check("stream with usage", said(chunks), "1 2 3 4 5")
check("usage comes last", chunks[-1].usage.total_tokens > 0, True)
check("token limit", ask("Count to five.", max_tokens=3).choices[0].finish_reason, "length")

raw = plex.chat.completions.with_raw_response.create(model=model, messages=user("ping"), temperature=0)
check("answer beside its head", raw.parse().choices[0].message.content, "pong")
check("provider", raw.headers.get("x-plex-provider"), "engine")
check("model", raw.headers.get("x-plex-model"), "tiny")
check("overhead", raw.headers.get("x-plex-overhead-us", "").isdigit(), True)
check("a name of the caller's own",
      plex.chat.completions.with_raw_response.create(
          model=model, messages=user("ping"), max_tokens=1, extra_headers={"x-request-id": "mine-1"}
      ).headers.get("x-request-id"), "mine-1")

conversation = user("What is the weather in Paris?")
first = plex.chat.completions.create(model=model, messages=conversation, tools=[WEATHER], temperature=0)
call = first.choices[0].message.tool_calls[0]
check("tool call", (call.function.name, json.loads(call.function.arguments)), ("get_weather", {"city": "Paris"}))
conversation += [first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
second = plex.chat.completions.create(model=model, messages=conversation, tools=[WEATHER], temperature=0)
check("tool result", second.choices[0].message.content, "The weather in Paris is sunny.")
with plex.chat.completions.stream(
    model=model, messages=user("What is the weather in Paris?"), tools=[WEATHER], temperature=0
) as stream:
    call = stream.get_final_completion().choices[0].message.tool_calls[0]
check("streamed tool call", (call.function.name, json.loads(call.function.arguments)),
      ("get_weather", {"city": "Paris"}))

schema = {
    "type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"],
    "additionalProperties": False,
}
structured = ask("What is the capital of France?", response_format={
    "type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}})
check("structured", list(json.loads(structured.choices[0].message.content)), ["answer"])

completion = plex.completions.create(model=model, prompt="Hello", max_tokens=4, temperature=0)
check("completion", (completion.object, completion.usage.completion_tokens), ("text_completion", 4))
pieces = list(plex.completions.create(model=model, prompt="Hello", max_tokens=4, temperature=0, stream=True))
check("streamed completion", "".join(p.choices[0].text for p in pieces if p.choices), completion.choices[0].text)

vectors = plex.embeddings.create(model=model, input=["Hello", "ping"])
check("embeddings", [len(v.embedding) for v in vectors.data], [128, 128])
check("embeddings' places", [v.index for v in vectors.data], [0, 1])

models = [m.id for m in plex.models.list()]
check("model on the list", any(m in ("tiny", "engine/tiny") for m in models), True)
check("lists are the same", [m.id for m in plex.models.list()], models)
check("one model", plex.models.retrieve(models[0]).id, models[0])

expect_error("model that there is not", openai.NotFoundError,
             lambda: plex.chat.completions.create(model="no-such-model", messages=user("Hi")))
expect_error("model that is not on the list", openai.NotFoundError, lambda: plex.models.retrieve("no-such-model"))
error = expect_error("too long a conversation", openai.BadRequestError, lambda: ask("ping pong " * 3000))
check("its code", error and error.code, "context_length_exceeded")
expect_error("too long a conversation, streamed", openai.BadRequestError,
             lambda: list(ask("ping pong " * 3000, stream=True)))


async def at_once():
    async with async_client(address) as plex:
        async def echo(number):
            answer = await plex.chat.completions.create(model=model, messages=user(f"Echo {number}"), temperature=0)
            return answer.choices[0].message.content

        async def echo_streamed(number):
            stream = await plex.chat.completions.create(
                model=model, messages=user(f"Echo {number}"), temperature=0, stream=True)
            return said([chunk async for chunk in stream])

        numbers = range(1000, 1004)
        check("at once", await asyncio.gather(*(echo(n) for n in numbers)), [str(n) for n in numbers])
        check("streams at once", await asyncio.gather(*(echo_streamed(n) for n in numbers)), [str(n) for n in numbers])

        # Leaving a stream frees the engine's slot; otherwise the next answers would wait for this one.
        stream = await plex.chat.completions.create(
            model=model, messages=user("Tell me a story."), stream=True, max_tokens=1500, extra_body={"ignore_eos": True})
        async for _ in stream:
            break
        await stream.close()
        check("after a stream was left", await echo(1234), "1234")


asyncio.run(at_once())
finish()
