#!/usr/bin/env python3
"""Reads scripted answers and failures through a gateway with the official openai client.

gateway_upstreams.py ADDRESS PROVIDER…: a model's name after the provider's says what the upstream answers.
"""
import asyncio
import json
import sys

import openai
from common import check, expect_error, finish
from gateway import ASK, WEATHER, async_client, client, said

address, *providers = sys.argv[1:]
PICTURE = ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
           "AABJRU5ErkJggg==")
plex = client(address)


def ask(model, **more):
    return plex.chat.completions.create(model=model, messages=ASK, **more)


def chunks(model):
    return list(ask(model, stream=True, stream_options={"include_usage": True}))


for provider in providers:
    def named(name):
        return f"{provider}/{name}"

    answer = ask(named("text"))
    check(f"{provider}: text", answer.choices[0].message.content, "Hello there")
    check(f"{provider}: finish", answer.choices[0].finish_reason, "stop")
    check(f"{provider}: usage",
          (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens), (11, 7, 18))

    parts = chunks(named("text"))
    check(f"{provider}: streamed text", said(parts), "Hello there")
    check(f"{provider}: it came in pieces", len([p for p in parts if p.choices and p.choices[0].delta.content]) > 1, True)
    check(f"{provider}: streamed finish", [c.choices[0].finish_reason for c in parts if c.choices][-1], "stop")
    check(f"{provider}: streamed usage", parts[-1].usage.total_tokens, 18)
    check(f"{provider}: one id", len({c.id for c in parts}), 1)

    calls = ask(named("tools")).choices[0].message.tool_calls
    expected = [("get_weather", {"city": "Zürich"}), ("get_time", {})]
    check(f"{provider}: calls", [(c.function.name, json.loads(c.function.arguments)) for c in calls], expected)
    with plex.chat.completions.stream(model=named("tools"), messages=ASK) as stream:
        final = stream.get_final_completion()
    check(f"{provider}: streamed calls",
          [(c.function.name, json.loads(c.function.arguments)) for c in final.choices[0].message.tool_calls], expected)
    check(f"{provider}: streamed calls' finish", final.choices[0].finish_reason, "tool_calls")
    check(f"{provider}: reasoning", ask(named("reasoning")).choices[0].message.content, "So it is.")

    looking = plex.chat.completions.create(model=named("text"), tools=[WEATHER], tool_choice="auto", messages=[
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "Look."}, {"type": "image_url", "image_url": {
            "url": PICTURE}}]},
        {"role": "assistant", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"}])
    check(f"{provider}: a picture, a tool and its result", looking.choices[0].message.content, "Hello there")

    for name, kind, status in [
        ("400", openai.BadRequestError, 400), ("401", openai.InternalServerError, 502),
        ("403", openai.InternalServerError, 502), ("404", openai.NotFoundError, 404),
        ("413", openai.APIStatusError, 413), ("422", openai.UnprocessableEntityError, 422),
        ("429", openai.RateLimitError, 429), ("500", openai.InternalServerError, 502),
        ("503", openai.InternalServerError, 503), ("reset before the head", openai.InternalServerError, 502),
        ("200 with an HTML page", openai.InternalServerError, 502),
    ]:
        for streamed in (False, True):
            what = f"{provider}: {name}{', streamed' if streamed else ''}"
            error = expect_error(what, kind, lambda: ask(named(name), stream=streamed))
            if error is None:
                continue
            check(f"{what}: status", error.status_code, status)
            check(f"{what}: shape", {"message", "type", "code", "param"} <= set(error.body), True)
            check(f"{what}: request id", bool(error.request_id), True)
            if name in ("401", "403"):
                check(f"{what}: code", error.code, "upstream_authentication")

    error = expect_error(f"{provider}: rate limit", openai.RateLimitError,
                         lambda: ask(named("429 with Retry-After in seconds"), stream=True))
    check(f"{provider}: when to try again", error and error.response.headers.get("retry-after"), "7")

    # What was said before the cut arrives, and then the client raises.
    for name in ("error inside a stream", "reset midway", "end of the body midway", "malformed event between good ones"):
        heard = []

        def listen():
            for chunk in ask(named(name), stream=True):
                heard.append(chunk)

        error = expect_error(f"{provider}: {name}", openai.APIError, listen)
        check(f"{provider}: {name}: what came before", bool(said(heard)), True)
        check(f"{provider}: {name}: no finish of the gateway's own",
              [c.choices[0].finish_reason for c in heard if c.choices and c.choices[0].finish_reason], [])

    expect_error(f"{provider}: the caller's own time limit", openai.APITimeoutError,
                 lambda: plex.with_options(timeout=0.3).chat.completions.create(
                     model=named("stall before the head"), messages=ASK))

# The client's own retries find the second answer.
retried = client(address, max_retries=2).chat.completions.create(model=f"{providers[0]}/once 500", messages=ASK)
check("after a retry", retried.choices[0].message.content, "Hello there")

error = expect_error("body too large", openai.APIStatusError, lambda: plex.chat.completions.create(
    model=f"{providers[0]}/text", messages=[{"role": "user", "content": "x" * 300_000}]))
check("body too large: status", error and error.status_code, 413)
check("not named", isinstance(expect_error("no model", openai.BadRequestError, lambda: ask("")), Exception), True)


async def streams():
    async with async_client(address) as plex:
        async def one(provider):
            stream = await plex.chat.completions.create(model=f"{provider}/text", messages=ASK, stream=True)
            return said([chunk async for chunk in stream])

        check("streams at once", await asyncio.gather(*(one(p) for p in providers * 5)),
              ["Hello there"] * 5 * len(providers))


asyncio.run(streams())
finish()
