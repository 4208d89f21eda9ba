"""Makes the official openai client speak to a gateway: at http://HOST:PORT or at unix:PATH."""
import httpx2
import openai

ASK = [{"role": "user", "content": "Hi"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def client(address, **options):
    options = {"api_key": "unused", "max_retries": 0, **options}
    if not address.startswith("unix:"):
        return openai.OpenAI(base_url=f"{address}/v1", **options)
    transport = httpx2.HTTPTransport(uds=address.removeprefix("unix:"))
    return openai.OpenAI(
        base_url="http://modelplex/v1", http_client=openai.DefaultHttpxClient(transport=transport), **options
    )


def async_client(address, **options):
    options = {"api_key": "unused", "max_retries": 0, **options}
    if not address.startswith("unix:"):
        return openai.AsyncOpenAI(base_url=f"{address}/v1", **options)
    transport = httpx2.AsyncHTTPTransport(uds=address.removeprefix("unix:"))
    return openai.AsyncOpenAI(
        base_url="http://modelplex/v1", http_client=openai.DefaultAsyncHttpxClient(transport=transport), **options
    )


def said(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
