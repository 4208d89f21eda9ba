"""Reads answers with OpenAI's own client and says what it found in them.

Each line of the file named by the first argument is an answer: {"call", "status", "body", "type"}. For each one, a line
with what the client made of it is printed.
"""

import json
import sys

import httpx
import openai

answer = {}


def handle(request):
    return httpx.Response(
        answer["status"], content=answer["body"].encode(), headers={"content-type": answer["type"]}, request=request
    )


def make_client(strict):
    return openai.OpenAI(
        api_key="none",
        base_url="http://gateway.example/v1",
        max_retries=0,
        http_client=httpx.Client(transport=httpx.MockTransport(handle)),
        _strict_response_validation=strict,
    )


# Fields of the wrong type are errors, not guesses.
client = make_client(True)
# Its types of the chunks of a completion, and of vectors in Base64, refuse what OpenAI's own server sends.
lenient_client = make_client(False)


def usage(value):
    return value and [value.prompt_tokens, value.completion_tokens, value.total_tokens]


def chat():
    result = client.chat.completions.create(model="m", messages=[])
    message = result.choices[0].message
    return {
        "id": result.id,
        "text": message.content or "",
        "refusal": message.refusal or "",
        "reasoning": getattr(message, "reasoning_content", None) or "",
        "calls": [[c.id, c.function.name, c.function.arguments] for c in message.tool_calls or []],
        "finish": result.choices[0].finish_reason,
        "usage": usage(result.usage),
    }


def chat_stream():
    found = {"id": "", "text": "", "refusal": "", "reasoning": "", "calls": [], "finish": None, "usage": None}
    options = {"include_usage": True}
    for chunk in client.chat.completions.create(model="m", messages=[], stream=True, stream_options=options):
        found["id"] = chunk.id
        found["usage"] = usage(chunk.usage) or found["usage"]
        for choice in chunk.choices:
            found["text"] += choice.delta.content or ""
            found["refusal"] += choice.delta.refusal or ""
            found["reasoning"] += getattr(choice.delta, "reasoning_content", None) or ""
            found["finish"] = choice.finish_reason or found["finish"]
            for call in choice.delta.tool_calls or []:
                if call.index == len(found["calls"]):
                    found["calls"].append([call.id, call.function.name, ""])
                if call.function:
                    found["calls"][call.index][2] += call.function.arguments or ""
    return found


def completion():
    result = client.completions.create(model="m", prompt="x")
    choice = result.choices[0]
    return {"text": choice.text, "finish": choice.finish_reason, "usage": usage(result.usage)}


def completion_stream():
    found = {"text": "", "finish": None, "usage": None}
    for chunk in lenient_client.completions.create(model="m", prompt="x", stream=True):
        found["usage"] = usage(chunk.usage) or found["usage"]
        for choice in chunk.choices:
            found["text"] += choice.text
            found["finish"] = choice.finish_reason or found["finish"]
    return found


def embeddings():
    return [list(entry.embedding) for entry in lenient_client.embeddings.create(model="m", input="x").data]


def models():
    return [[model.id, model.created, model.owned_by] for model in client.models.list()]


calls = {
    "chat": chat,
    "chat-stream": chat_stream,
    "completion": completion,
    "completion-stream": completion_stream,
    "embeddings": embeddings,
    "models": models,
}

with open(sys.argv[1]) as lines:
    for line in lines:
        answer = json.loads(line)
        try:
            result = calls[answer["call"]]()
        except openai.APIStatusError as error:
            result = {"error": type(error).__name__, "code": error.code, "param": error.param, "type": error.type}
        except openai.APIError as error:
            result = {"error": type(error).__name__, "code": error.code, "param": error.param, "type": error.type}
        print(json.dumps(result), flush=True)
