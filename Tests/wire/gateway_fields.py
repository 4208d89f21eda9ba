#!/usr/bin/env python3
"""Sends header fields that are of a connection, or that an upstream must not see, with every dialect's request.

gateway_fields.py HOST PORT MODEL…: what reaches the upstream is looked at there.
"""
import http.client
import json
import sys

from common import check, finish

host, port, *models = sys.argv[1:]

FIELDS = [
    ("Connection", "keep-alive, X-Hop, anthropic-beta"), ("X-Hop", "hop-canary"), ("Keep-Alive", "timeout=hop-canary"),
    ("Proxy-Connection", "hop-canary"), ("TE", "trailers"), ("Trailer", "X-Hop-Canary"), ("Upgrade", "hop-canary"),
    ("Proxy-Authorization", "Basic hop-canary"), ("Authorization", "Bearer hop-canary"), ("x-api-key", "hop-canary"),
    ("x-goog-api-key", "hop-canary"), ("Cookie", "a=hop-canary"), ("Forwarded", "for=hop-canary"),
    ("X-Forwarded-For", "hop-canary"), ("X-Forwarded-Host", "hop-canary"), ("X-Real-IP", "hop-canary"),
    ("X-HTTP-Method-Override", "hop-canary"), ("X-Original-URL", "/hop-canary"), ("Host2", "hop-canary"),
    ("Accept-Encoding", "hop-canary"), ("Content-Encoding", "hop-canary"), ("Range", "bytes=0-hop-canary"),
    ("If-None-Match", "hop-canary"), ("User-Agent", "hop-canary"), ("anthropic-beta", "hop-canary"),
    ("anthropic-version", "hop-canary"), ("openai-organization", "hop-canary"), ("Via", "1.1 hop-canary"),
    ("Max-Forwards", "1"), ("Origin-Canary", "hop-canary"),
]
TEXT = [{"role": "user", "content": "Hi"}]
PARTS = [{"parts": [{"text": "Hi"}]}]

for model in models:
    for path, body in {
        "/v1/chat/completions": {"model": model, "messages": TEXT},
        "/v1/responses": {"model": model, "input": "Hi"},
        "/v1/messages": {"model": model, "max_tokens": 9, "messages": TEXT},
        "/api/chat": {"model": model, "stream": False, "messages": TEXT},
        f"/v1beta/models/{model}:generateContent": {"contents": PARTS},
    }.items():
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        connection.putrequest("POST", path, skip_accept_encoding=True)
        for name, value in FIELDS:
            connection.putheader(name, value)
        data = json.dumps(body).encode()
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        text = answer.read()
        check(f"{path} of {model}: status ({text[:200]!r})", answer.status, 200)
        check(f"{path} of {model}: nothing comes back", b"hop-canary" in text, False)
        connection.close()

finish()
