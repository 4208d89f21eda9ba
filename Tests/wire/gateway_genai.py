#!/usr/bin/env python3
"""Reads scripted answers and failures through a gateway with Google's official client.

gateway_genai.py URL PROVIDER…: a model's name after the provider's says what the upstream answers.
"""
import sys

from common import check, expect_error, finish
from google import genai
from google.genai import errors, types

address, *providers = sys.argv[1:]
client = genai.Client(api_key="unused", http_options=types.HttpOptions(
    base_url=address, retry_options=types.HttpRetryOptions(attempts=1)))
WANTED = [("get_weather", {"city": "Zürich"}), ("get_time", {})]
PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")
BROKEN = ("error inside a stream", "reset midway", "end of the body midway", "malformed event between good ones")
WEATHER = types.Tool(function_declarations=[types.FunctionDeclaration(
    name="get_weather", parameters=types.Schema(type="OBJECT", properties={"city": types.Schema(type="STRING")}))])


def whole(model, **config):
    return client.models.generate_content(
        model=model, contents="Hi", config=types.GenerateContentConfig(
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True), **config))


def pieces(model, **config):
    return list(client.models.generate_content_stream(
        model=model, contents="Hi", config=types.GenerateContentConfig(
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True), **config)))


def parts(answer):
    answers = answer if isinstance(answer, list) else [answer]
    return [p for a in answers for c in a.candidates or [] for p in (c.content and c.content.parts) or []]


def text(answer, thought=False):
    return "".join(p.text or "" for p in parts(answer) if bool(p.thought) == thought)


for provider in providers:
    for what, ask in [(provider, whole), (f"{provider}, streamed", pieces)]:
        answer = ask(f"{provider}/text", system_instruction="Be kind.", temperature=0.5, max_output_tokens=50)
        last = answer[-1] if isinstance(answer, list) else answer
        check(f"{what}: text", text(answer), "Hello there")
        check(f"{what}: finish", last.candidates[0].finish_reason, types.FinishReason.STOP)
        check(f"{what}: usage", (last.usage_metadata.prompt_token_count, last.usage_metadata.candidates_token_count,
                                 last.usage_metadata.total_token_count), (11, 7, 18))
        answer = ask(f"{provider}/tools", tools=[WEATHER])
        check(f"{what}: calls", [(p.function_call.name, p.function_call.args or {})
                                 for p in parts(answer) if p.function_call], WANTED)
        answer = ask(f"{provider}/reasoning")
        check(f"{what}: thoughts", text(answer, thought=True), "Let me think.")
        check(f"{what}: text behind them", text(answer), "So it is.")
        for name, kind, status in [
            ("400", errors.ClientError, 400), ("401", errors.ServerError, 502), ("404", errors.ClientError, 404),
            ("429", errors.ClientError, 429), ("500", errors.ServerError, 502),
            ("reset before the head", errors.ServerError, 502),
        ]:
            error = expect_error(f"{what}: {name}", kind, lambda: ask(f"{provider}/{name}"))
            if error is not None:
                check(f"{what}: {name}: status", (error.code, bool(error.message)), (status, True))
    answer = client.models.generate_content(model=f"{provider}/text", contents=[
        types.Content(role="user", parts=[types.Part(text="Look."),
                                          types.Part.from_bytes(data=PICTURE, mime_type="image/png")]),
        types.Content(role="model", parts=[types.Part.from_function_call(name="get_weather", args={"city": "Zürich"})]),
        types.Content(role="user", parts=[types.Part.from_function_response(
            name="get_weather", response={"output": "sunny"})]),
    ], config=types.GenerateContentConfig(tools=[WEATHER]))
    check(f"{provider}: a picture, a tool and its result", answer.text, "Hello there")
    for name in BROKEN:
        error = None
        try:
            pieces(f"{provider}/{name}")
        except errors.APIError as caught:
            error = caught
        check(f"{provider}: {name}: an error is told", bool(error and error.message), True)

count = client.models.count_tokens(model=f"{providers[0]}/text", contents="word " * 100)
check("an estimate of tokens", 100 < count.total_tokens < 160, True)
check("models", bool([m.name for m in client.models.list()]), True)
finish()
