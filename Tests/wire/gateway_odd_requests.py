#!/usr/bin/env python3
"""Sends what is rarely sent through a gateway with all the official clients: what cannot be kept is refused or told of.

gateway_odd_requests.py URL PROVIDER…: a model's name after the provider's says what the upstream answers.
"""
import sys

import anthropic
import ollama
import openai
from common import check, expect_error, finish
from gateway import WEATHER
from google import genai
from google.genai import errors, types

address, *providers = sys.argv[1:]
plex = openai.OpenAI(base_url=f"{address}/v1", api_key="unused", max_retries=0)
claude = anthropic.Anthropic(base_url=address, api_key="unused", max_retries=0)
llama = ollama.Client(host=address)
gemini = genai.Client(api_key="unused", http_options=types.HttpOptions(
    base_url=address, retry_options=types.HttpRetryOptions(attempts=1)))

DATA = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PICTURE = f"data:image/png;base64,{DATA}"
HI = {"role": "user", "content": "Hi"}
UPLOADED = "https://generativelanguage.googleapis.com/v1beta/files/a"


def chat(model, *messages, **more):
    return plex.chat.completions.create(model=model, messages=messages or [HI], **more)


def respond(model, *items, **more):
    return plex.responses.create(model=model, input=items or [HI], **more)


def ask(model, *messages, **more):
    return claude.messages.create(model=model, max_tokens=64, messages=messages or [HI], **more)


def generate(model, *parts, **config):
    contents = [types.Content(role="user", parts=parts or [types.Part(text="Hi")])]
    return gemini.models.generate_content(
        model=model, contents=contents, config=types.GenerateContentConfig(**config))


def told(answer):
    """The fields that the answer's warnings name."""
    return [warning["field"] for warning in getattr(answer, "warnings", None) or []]


def google_field(error):
    details = error.details["error"]["details"] if error is not None else []
    return [detail["metadata"].get("parameter") for detail in details if "metadata" in detail]


def ends(provider):
    """Answers that were cut off or are refusals, streamed and not."""
    cut, refusal = f"{provider}/cut", f"{provider}/refusal"
    check(f"chat over {provider}: cut off", chat(cut).choices[0].finish_reason, "length")
    chunks = [c.choices[0].finish_reason for c in chat(cut, stream=True) if c.choices]
    check(f"chat over {provider}: cut off in a stream", chunks[-1], "length")
    check(f"claude over {provider}: cut off", ask(cut).stop_reason, "max_tokens")
    check(f"genai over {provider}: cut off", generate(cut).candidates[0].finish_reason, types.FinishReason.MAX_TOKENS)
    check(f"ollama over {provider}: cut off", llama.chat(model=cut, messages=[HI]).done_reason, "length")
    answer = respond(cut)
    check(f"responses over {provider}: cut off", (answer.status, answer.incomplete_details.reason),
          ("incomplete", "max_output_tokens"))
    check(f"responses over {provider}: its item", answer.output[-1].status, "incomplete")
    events = list(respond(cut, stream=True))
    check(f"responses over {provider}: its item in a stream",
          [e.item.status for e in events if e.type == "response.output_item.done"], ["incomplete"])
    check(f"responses over {provider}: its end in a stream",
          (events[-1].type, events[-1].response.output[-1].status), ("response.incomplete", "incomplete"))
    if provider not in ("openai", "anthropic"):
        return
    in_words = provider == "openai"
    said = "I will not." if in_words else None
    answer = chat(refusal).choices[0]
    check(f"chat over {provider}: a refusal", (answer.message.refusal, answer.finish_reason),
          (said, "stop" if in_words else "content_filter"))
    words = "".join(c.choices[0].delta.refusal or "" for c in chat(refusal, stream=True) if c.choices)
    check(f"chat over {provider}: a refusal in a stream", words or None, said)
    answer = respond(refusal)
    check(f"responses over {provider}: a refusal", (answer.status, [p.refusal for i in answer.output for p in i.content]),
          ("completed", [said]) if in_words else ("incomplete", []))
    answer = ask(refusal)
    check(f"claude over {provider}: a refusal", (answer.stop_reason, [b.text for b in answer.content]),
          ("refusal", [said] if in_words else []))
    with claude.messages.stream(model=refusal, max_tokens=64, messages=[HI]) as stream:
        check(f"claude over {provider}: a refusal in a stream", stream.get_final_message().stop_reason, "refusal")
    check(f"genai over {provider}: a refusal", generate(refusal).candidates[0].finish_reason, types.FinishReason.SAFETY)


def files(provider):
    """A file of one vendor is a stranger to the others."""
    model = f"{provider}/text"
    rows = [
        ("claude", ["anthropic"], anthropic.BadRequestError, "messages[0].content[0]", lambda: ask(
            model, {"role": "user", "content": [{"type": "document", "source": {"type": "file", "file_id": "file_1"}}]})),
        ("chat", ["openai", "openai-responses"], openai.BadRequestError, "messages[0].content[0]", lambda: chat(
            model, {"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]})),
        ("responses", ["openai-responses"], openai.BadRequestError, "input[0].content[0]", lambda: respond(
            model, {"role": "user", "content": [{"type": "input_image", "detail": "auto", "file_id": "file-1"}]})),
        ("genai", ["gemini"], errors.ClientError, "contents[0].parts[0]", lambda: generate(
            model, types.Part.from_uri(file_uri=UPLOADED, mime_type="image/png"))),
        ("genai", ["gemini"], errors.ClientError, "cachedContent", lambda: generate(model, cached_content="cachedContents/1")),
    ]
    for client, own, kind, field, call in rows:
        what = f"{client} over {provider}: {field} of a vendor"
        if provider in own:
            call()
            continue
        error = expect_error(what, kind, call)
        if kind is errors.ClientError:
            check(what, google_field(error), [field])
        elif kind is anthropic.BadRequestError:
            check(what, error and error.body["error"]["param"], field)
        else:
            check(what, error and error.param, field)


def conversations(provider):
    model = f"{provider}/text"
    call = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    shown = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    for what, messages in {
        "instructions in the middle": [{"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, HI,
                                       {"role": "system", "content": "c"}, HI],
        "the beginning of an answer": [HI, {"role": "assistant", "content": "I think"}],
        "an answer of nothing": [HI, {"role": "assistant", "content": ""}, HI],
        "a refusal before": [HI, {"role": "assistant", "content": None, "refusal": "No."}, HI],
        "a result with a picture": [HI, {"role": "assistant", "tool_calls": [call]},
                                    {"role": "tool", "tool_call_id": "c1", "content": shown}, HI],
        "a result of nothing": [HI, {"role": "assistant", "tool_calls": [call]},
                                {"role": "tool", "tool_call_id": "c1", "content": ""}],
    }.items():
        answer = chat(model, *messages, tools=[WEATHER], stop=["X", "Y"])
        check(f"chat over {provider}: {what}", answer.choices[0].message.content, "Hello there")
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DATA}}
    seen = [HI, {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "look", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": [picture]}]}]
    check(f"claude over {provider}: a result with a picture", ask(model, *seen).content[0].text, "Hello there")
    thought = [HI, {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "redacted_thinking", "data": "d"},
        {"type": "text", "text": "So."}]}, HI]
    check(f"claude over {provider}: thoughts before", ask(model, *thought).content[0].text, "Hello there")
    if provider != "openai":
        check(f"chat over {provider}: probabilities are told of",
              {"logprobs", "top_logprobs"} <= set(told(chat(model, logprobs=True, top_logprobs=2))), True)
        error = expect_error(f"chat over {provider}: two answers", openai.BadRequestError, lambda: chat(model, n=2))
        check(f"chat over {provider}: two answers: field", error and error.param, "n")
    if provider != "openai-responses":
        fields = told(respond(model, text={"format": {"type": "text"}}, reasoning={"effort": "low", "summary": "auto"}))
        check(f"responses over {provider}: settings are told of one by one",
              ("reasoning.summary" in fields, "reasoning" in fields, "text" in fields), (True, False, False))
    if provider in ("anthropic", "gemini"):
        nothing = {"role": "user", "content": ""}
        error = expect_error(f"chat over {provider}: nothing", openai.BadRequestError, lambda: chat(model, nothing))
        check(f"chat over {provider}: nothing: field", error and error.param, "messages")
        error = expect_error(f"responses over {provider}: nothing", openai.BadRequestError, lambda: respond(model, nothing))
        check(f"responses over {provider}: nothing: field", error and error.param, "input")
    if provider == "anthropic":
        error = expect_error("genai over anthropic: nothing", errors.ClientError,
                             lambda: generate(model, types.Part(text="")))
        check("genai over anthropic: nothing: field", google_field(error), ["contents"])
    usage = chat(f"{provider}/cached").usage
    if provider != "ollama":
        check(f"chat over {provider}: tokens of a cache", usage.prompt_tokens_details.cached_tokens, 5)
        counted = ask(f"{provider}/cached").usage
        check(f"claude over {provider}: tokens of a cache", (counted.input_tokens, counted.cache_read_input_tokens), (6, 5))


for name in providers:
    ends(name)
    files(name)
    conversations(name)

finish()
