#!/usr/bin/env python3
"""Reads scripted answers and failures through a gateway with the official clients of Anthropic and Ollama.

gateway_dialects.py URL PROVIDER…: a model's name after the provider's says what the upstream answers.
"""
import sys

import anthropic
import ollama
from common import check, expect_error, finish

address, *providers = sys.argv[1:]
claude = anthropic.Anthropic(base_url=address, api_key="unused", max_retries=0)
llama = ollama.Client(host=address)
ASK = [{"role": "user", "content": "Hi"}]
WANTED = [("get_weather", {"city": "Zürich"}), ("get_time", {})]
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
CLAUDE_TOOL = {"name": "get_weather", "description": "Weather.", "input_schema": CITY}
BROKEN = ("error inside a stream", "reset midway", "end of the body midway", "malformed event between good ones")


def message(model, streamed=False):
    if not streamed:
        return claude.messages.create(model=model, max_tokens=64, messages=ASK)
    with claude.messages.stream(model=model, max_tokens=64, messages=ASK) as stream:
        return stream.get_final_message()


def anthropics(provider):
    for streamed in (False, True):
        what = f"anthropic over {provider}{', streamed' if streamed else ''}"
        answer = message(f"{provider}/text", streamed)
        check(f"{what}: text", [(b.type, b.text) for b in answer.content], [("text", "Hello there")])
        check(f"{what}: stop reason", answer.stop_reason, "end_turn")
        check(f"{what}: usage", (answer.usage.input_tokens, answer.usage.output_tokens), (11, 7))
        answer = message(f"{provider}/tools", streamed)
        check(f"{what}: calls", [(b.name, b.input) for b in answer.content if b.type == "tool_use"], WANTED)
        check(f"{what}: ids differ", len({b.id for b in answer.content if b.type == "tool_use"}), 2)
        check(f"{what}: calls' stop reason", answer.stop_reason, "tool_use")
        answer = message(f"{provider}/reasoning", streamed)
        check(f"{what}: thoughts", [b.thinking for b in answer.content if b.type == "thinking"], ["Let me think."])
        check(f"{what}: text behind them", answer.content[-1].text, "So it is.")
        for name, kind, status in [
            ("400", anthropic.BadRequestError, 400), ("401", anthropic.InternalServerError, 502),
            ("404", anthropic.NotFoundError, 404), ("429", anthropic.RateLimitError, 429),
            ("500", anthropic.InternalServerError, 502), ("reset before the head", anthropic.InternalServerError, 502),
        ]:
            error = expect_error(f"{what}: {name}", kind, lambda: message(f"{provider}/{name}", streamed))
            if error is not None:
                check(f"{what}: {name}: status", error.status_code, status)
                check(f"{what}: {name}: shape", (error.body["type"], bool(error.body["error"]["message"])), ("error", True))
                check(f"{what}: {name}: request id", bool(error.body["request_id"]), True)
    check(f"anthropic over {provider}: a picture, a tool and its result", claude.messages.create(
        model=f"{provider}/text", max_tokens=64, system="Be kind.", tools=[CLAUDE_TOOL], messages=[
            {"role": "user", "content": [{"type": "text", "text": "Look."}, {"type": "image", "source": {
                "type": "base64", "media_type": "image/png", "data": PICTURE}}]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Zürich"}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "sunny"}]},
        ]).content[0].text, "Hello there")
    if provider != "anthropic":
        error = expect_error(f"anthropic over {provider}: a result without a call", anthropic.BadRequestError,
                             lambda: claude.messages.create(model=f"{provider}/text", max_tokens=64, messages=[
                                 {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c9"}]}]))
        check(f"anthropic over {provider}: its field", error and error.body["error"].get("param"),
              "messages[0].content[0]")
    for name in BROKEN:
        expect_error(f"anthropic over {provider}: {name}", anthropic.APIStatusError, lambda: message(f"{provider}/{name}", True))


def ollamas(provider):
    what = f"ollama over {provider}"
    answer = llama.chat(model=f"{provider}/text", messages=ASK)
    check(f"{what}: text", (answer.message.content, answer.done, answer.done_reason), ("Hello there", True, "stop"))
    check(f"{what}: usage", (answer.prompt_eval_count, answer.eval_count), (11, 7))
    parts = list(llama.chat(model=f"{provider}/text", messages=ASK, stream=True))
    check(f"{what}: streamed text", "".join(p.message.content or "" for p in parts), "Hello there")
    check(f"{what}: streamed end", [p.done for p in parts], [False] * (len(parts) - 1) + [True])
    check(f"{what}: streamed usage", (parts[-1].prompt_eval_count, parts[-1].eval_count), (11, 7))
    parts = list(llama.generate(model=f"{provider}/text", prompt="Hi", stream=True))
    check(f"{what}: generated text", "".join(p.response for p in parts), "Hello there")
    calls = llama.chat(model=f"{provider}/tools", messages=ASK).message.tool_calls
    check(f"{what}: calls", [(c.function.name, dict(c.function.arguments)) for c in calls], WANTED)
    parts = llama.chat(model=f"{provider}/tools", messages=ASK, stream=True)
    check(f"{what}: streamed calls", [(c.function.name, dict(c.function.arguments))
                                      for p in parts for c in p.message.tool_calls or []], WANTED)
    check(f"{what}: thoughts", llama.chat(model=f"{provider}/reasoning", messages=ASK).message.thinking, "Let me think.")
    check(f"{what}: a picture, a tool and its result", llama.chat(model=f"{provider}/text", tools=[
        {"type": "function", "function": {"name": "get_weather", "description": "Weather.", "parameters": CITY}}],
        messages=[
            {"role": "user", "content": "Look.", "images": [PICTURE]},
            {"role": "assistant", "tool_calls": [{"function": {"name": "get_weather", "arguments": {"city": "Zürich"}}}]},
            {"role": "tool", "tool_name": "get_weather", "content": "sunny"},
        ]).message.content, "Hello there")
    for name, status in [("400", 400), ("401", 502), ("404", 404), ("429", 429), ("500", 502)]:
        error = expect_error(f"{what}: {name}", ollama.ResponseError,
                             lambda: llama.chat(model=f"{provider}/{name}", messages=ASK))
        if error is not None:
            check(f"{what}: {name}: status", (error.status_code, bool(error.error)), (status, True))
    for name in BROKEN:
        expect_error(f"{what}: {name}", ollama.ResponseError,
                     lambda: list(llama.chat(model=f"{provider}/{name}", messages=ASK, stream=True)))


for name in providers:
    anthropics(name)
    ollamas(name)

check("models of anthropic's client", bool([m.id for m in claude.models.list().data]), True)
check("models of ollama's client", bool([m.model for m in llama.list().models]), True)
model = llama.list().models[0].model
check("one model", "completion" in llama.show(model).capabilities, True)
count = claude.messages.count_tokens(model=f"{providers[0]}/text", messages=[{"role": "user", "content": "word " * 100}])
check("an estimate of tokens", 100 < count.input_tokens < 160, True)
error = expect_error("no model", anthropic.BadRequestError, lambda: message(""))
check("no model: field", error and error.body["error"].get("param"), "model")
finish()
