#!/usr/bin/env python3
"""Reads scripted answers and failures through a gateway with the official openai client's Responses.

gateway_responses.py ADDRESS PROVIDER…: a model's name after the provider's says what the upstream answers.
"""
import json
import sys

import openai
from common import check, expect_error, finish
from gateway import client

address, *providers = sys.argv[1:]
plex = client(address)
WANTED = [("get_weather", {"city": "Zürich"}), ("get_time", {})]
WEATHER = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}, "strict": False}
PICTURE = ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
           "AABJRU5ErkJggg==")
BROKEN = ("error inside a stream", "reset midway", "end of the body midway", "malformed event between good ones")


def ask(model, text="Hi", **more):
    return plex.responses.create(model=model, input=text, **more)


def final(model, **more):
    with plex.responses.stream(model=model, input="Hi", **more) as stream:
        for _ in stream:
            pass
        return stream.get_final_response()


def calls(response):
    return [(c.name, json.loads(c.arguments)) for c in response.output if c.type == "function_call"]


for provider in providers:
    for what, get in [(provider, ask), (f"{provider}, streamed", final)]:
        answer = get(f"{provider}/text")
        check(f"{what}: text", answer.output_text, "Hello there")
        check(f"{what}: status", (answer.object, answer.status, answer.error), ("response", "completed", None))
        check(f"{what}: usage", (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_tokens,
                                 answer.usage.input_tokens_details.cached_tokens), (11, 7, 18, 0))
        answer = get(f"{provider}/tools", tools=[WEATHER])
        check(f"{what}: calls", calls(answer), WANTED)
        check(f"{what}: ids differ", len({c.call_id for c in answer.output}), 2)
        answer = get(f"{provider}/reasoning")
        check(f"{what}: thoughts", [s.text for i in answer.output if i.type == "reasoning" for s in i.summary],
              ["Let me think."])
        check(f"{what}: text behind them", (answer.output[-1].type, answer.output_text), ("message", "So it is."))
        # What was said goes back as it came.
        again = plex.responses.create(
            model=f"{provider}/text", store=False,
            input=[{"role": "user", "content": "Hi"}, *answer.output, {"role": "user", "content": "Go on"}])
        check(f"{what}: second turn", again.output_text, "Hello there")
        for name, kind, status in [
            ("400", openai.BadRequestError, 400), ("401", openai.InternalServerError, 502),
            ("404", openai.NotFoundError, 404), ("429", openai.RateLimitError, 429),
            ("500", openai.InternalServerError, 502), ("reset before the head", openai.InternalServerError, 502),
        ]:
            error = expect_error(f"{what}: {name}", kind, lambda: get(f"{provider}/{name}"))
            if error is not None:
                check(f"{what}: {name}: status", error.status_code, status)
                check(f"{what}: {name}: request id", bool(error.body["request_id"]), True)
    events = list(ask(f"{provider}/text", stream=True))
    check(f"{provider}: numbers", [e.sequence_number for e in events], list(range(len(events))))
    check(f"{provider}: beginning and end", [events[0].type, events[1].type, events[-1].type],
          ["response.created", "response.in_progress", "response.completed"])
    check(f"{provider}: it came in pieces", len([e for e in events if e.type == "response.output_text.delta"]) > 1, True)
    for name in BROKEN:
        expect_error(f"{provider}: {name}", openai.APIError, lambda: list(ask(f"{provider}/{name}", stream=True)))

    calling = plex.responses.create(
        model=f"{provider}/text", tools=[WEATHER], tool_choice="auto", instructions="Be kind.", max_output_tokens=50,
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
            {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
        ])
    check(f"{provider}: a call and its result", calling.output_text, "Hello there")
    looking = plex.responses.create(model=f"{provider}/text", input=[{"role": "user", "content": [
        {"type": "input_text", "text": "Look."}, {"type": "input_image", "detail": "auto", "image_url": PICTURE}]}])
    check(f"{provider}: a picture", looking.output_text, "Hello there")
    schema = {"type": "json_schema", "name": "a", "schema": {"type": "object"}}
    structured = plex.responses.create(model=f"{provider}/text", input="x", text={"format": schema})
    check(f"{provider}: a schema", structured.output_text, "Hello there")
    if provider == "openai-responses":
        check(f"{provider}: an earlier answer", ask(f"{provider}/text", previous_response_id="resp_1").status, "completed")
    else:
        error = expect_error(f"{provider}: an earlier answer", openai.BadRequestError,
                             lambda: ask(f"{provider}/text", previous_response_id="resp_1"))
        check(f"{provider}: an earlier answer: field", error and error.param, "previous_response_id")
        raw = plex.responses.with_raw_response.create(
            model=f"{provider}/text", input="x", truncation="auto",
            tools=[{"type": "web_search"}, {"type": "custom", "name": "shell"}])
        dropped = raw.headers.get("x-plex-dropped", "").split(", ")
        check(f"{provider}: what is left out is named", {"tools[0]", "tools[1]", "truncation"} <= set(dropped), True)

error = expect_error("no model", openai.BadRequestError, lambda: ask(""))
check("no model: field", error and error.param, "model")
error = expect_error("a wrong item", openai.BadRequestError,
                     lambda: plex.responses.create(model=f"{providers[0]}/text", input=[{"role": "x", "content": "y"}]))
check("a wrong item: field", error and error.param, "input[0].role")
finish()
