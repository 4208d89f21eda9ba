#!/usr/bin/env python3
"""Talks to a gateway with the official openai client, over TCP or over a Unix socket.

    client.py http://127.0.0.1:8317
    client.py unix:modelplex.socket

PLEX_MODEL names the model. Over a Unix socket the gateway asks for no key, and it never passes a caller's key on.
"""
import asyncio
import json
import os
import sys

import openai

try:
    import httpx2 as httpx  # what openai 3 brings along
except ImportError:
    import httpx

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8317"
MODEL = os.environ.get("PLEX_MODEL", "gpt-4o-mini")
KEY = os.environ.get("PLEX_ACCESS_KEY", "unused")
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def client() -> openai.OpenAI:
    if not ADDRESS.startswith("unix:"):
        return openai.OpenAI(base_url=f"{ADDRESS}/v1", api_key=KEY)
    transport = httpx.HTTPTransport(uds=ADDRESS.removeprefix("unix:"))
    # The host in the URL is only a name: the transport says where to connect.
    return openai.OpenAI(
        base_url="http://modelplex/v1", api_key="unused", http_client=openai.DefaultHttpxClient(transport=transport)
    )


def async_client() -> openai.AsyncOpenAI:
    if not ADDRESS.startswith("unix:"):
        return openai.AsyncOpenAI(base_url=f"{ADDRESS}/v1", api_key=KEY)
    transport = httpx.AsyncHTTPTransport(uds=ADDRESS.removeprefix("unix:"))
    return openai.AsyncOpenAI(
        base_url="http://modelplex/v1", api_key="unused", http_client=openai.DefaultAsyncHttpxClient(transport=transport)
    )


def user(text: str) -> dict:
    return {"role": "user", "content": text}


def talk(plex: openai.OpenAI) -> None:
    print("models:", ", ".join(model.id for model in plex.models.list()))

    answer = plex.chat.completions.create(model=MODEL, messages=[user("What is the capital of France?")], temperature=0)
    print("answer:", answer.choices[0].message.content)

    stream = plex.chat.completions.create(model=MODEL, messages=[user("Count to five.")], temperature=0, stream=True)
    print("stream:", end=" ")
    for chunk in stream:
        print(chunk.choices[0].delta.content or "" if chunk.choices else "", end="", flush=True)
    print()

    conversation = [user("What is the weather in Paris?")]
    answer = plex.chat.completions.create(model=MODEL, messages=conversation, tools=[WEATHER], temperature=0)
    for call in answer.choices[0].message.tool_calls or []:
        print("tool call:", call.function.name, json.loads(call.function.arguments))
        conversation += [answer.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    answer = plex.chat.completions.create(model=MODEL, messages=conversation, tools=[WEATHER], temperature=0)
    print("with the tool's result:", answer.choices[0].message.content)

    try:
        plex.chat.completions.create(model="no-such-model", messages=[user("Hi")])
    except openai.NotFoundError as error:
        print("error:", error.status_code, error.code, error.request_id)


async def talk_at_once(plex: openai.AsyncOpenAI) -> None:
    async def echo(number: int) -> str:
        answer = await plex.chat.completions.create(model=MODEL, messages=[user(f"Echo {number}")], temperature=0)
        return answer.choices[0].message.content

    print("at once:", ", ".join(await asyncio.gather(*(echo(number) for number in (1001, 2002, 3003)))))
    await plex.close()


if __name__ == "__main__":
    with client() as plex:
        talk(plex)
    asyncio.run(talk_at_once(async_client()))
