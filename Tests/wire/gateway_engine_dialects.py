#!/usr/bin/env python3
"""Uses a real model through a gateway, over each dialect with its official client.

gateway_engine_dialects.py URL MODEL
"""
import sys

import anthropic
import ollama
import openai
from common import check, expect_error, finish
from google import genai
from google.genai import types
from gateway import client

address, model = sys.argv[1:]
QUESTION, ANSWER = "What is the capital of France?", "The capital of France is Paris."
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER, SUNNY = "What is the weather in Paris?", "The weather in Paris is sunny."

claude = anthropic.Anthropic(base_url=address, api_key="unused", max_retries=0)
tool = {"name": "get_weather", "description": "Current weather in a city.", "input_schema": CITY}


def message(messages, **more):
    # The client's own argument for it is gone, as newer models take none.
    return claude.messages.create(
        model=model, max_tokens=64, messages=messages, extra_body={"temperature": 0}, **more)


answer = message([{"role": "user", "content": QUESTION}])
check("anthropic: answer", (answer.content[0].text, answer.stop_reason), (ANSWER, "end_turn"))
check("anthropic: usage", answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0, True)
with claude.messages.stream(
        model=model, max_tokens=64, messages=[{"role": "user", "content": QUESTION}],
        extra_body={"temperature": 0}) as stream:
    check("anthropic: streamed", "".join(stream.text_stream), ANSWER)
asked = [{"role": "user", "content": WEATHER}]
first = message(asked, tools=[tool])
call = next(b for b in first.content if b.type == "tool_use")
check("anthropic: call", (call.name, call.input, first.stop_reason), ("get_weather", {"city": "Paris"}, "tool_use"))
result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}]}
check("anthropic: result", message([*asked, {"role": "assistant", "content": first.content}, result],
                                   tools=[tool]).content[0].text, SUNNY)
check("anthropic: limit", claude.messages.create(
    model=model, max_tokens=3, messages=[{"role": "user", "content": "Count to five."}]).stop_reason, "max_tokens")
expect_error("anthropic: no such model", anthropic.NotFoundError, lambda: claude.messages.create(
    model="no-such-model", max_tokens=5, messages=asked))

plex = client(address)
function = {"type": "function", "name": "get_weather", "parameters": CITY, "strict": False}
response = plex.responses.create(model=model, input=QUESTION, temperature=0)
check("responses: answer", (response.output_text, response.status), (ANSWER, "completed"))
with plex.responses.stream(model=model, input=QUESTION, temperature=0) as stream:
    text = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
check("responses: streamed", text, ANSWER)
first = plex.responses.create(model=model, input=WEATHER, temperature=0, tools=[function])
call = next(i for i in first.output if i.type == "function_call")
check("responses: call", (call.name, call.arguments.replace(" ", "")), ("get_weather", '{"city":"Paris"}'))
second = plex.responses.create(model=model, temperature=0, tools=[function], input=[
    {"role": "user", "content": WEATHER}, *first.output,
    {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}])
check("responses: result", second.output_text, SUNNY)
expect_error("responses: no such model", openai.NotFoundError,
             lambda: plex.responses.create(model="no-such-model", input="x"))

llama = ollama.Client(host=address)
still = {"temperature": 0}
check("ollama: answer", llama.chat(
    model=model, messages=[{"role": "user", "content": QUESTION}], options=still).message.content, ANSWER)
check("ollama: streamed", "".join(p.message.content or "" for p in llama.chat(
    model=model, messages=[{"role": "user", "content": QUESTION}], options=still, stream=True)), ANSWER)
first = llama.chat(model=model, messages=asked, options=still, tools=[
    {"type": "function", "function": {"name": "get_weather", "description": "x", "parameters": CITY}}])
call = first.message.tool_calls[0].function
check("ollama: call", (call.name, dict(call.arguments)), ("get_weather", {"city": "Paris"}))
check("ollama: running models", llama.ps().models, [])

google = genai.Client(api_key="unused", http_options=types.HttpOptions(
    base_url=address, retry_options=types.HttpRetryOptions(attempts=1)))
cold = types.GenerateContentConfig(temperature=0)
check("genai: answer", google.models.generate_content(model=model, contents=QUESTION, config=cold).text, ANSWER)
check("genai: streamed", "".join(p.text or "" for p in google.models.generate_content_stream(
    model=model, contents=QUESTION, config=cold)), ANSWER)
finish()
