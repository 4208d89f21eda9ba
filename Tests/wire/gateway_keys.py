#!/usr/bin/env python3
"""A gateway with access keys: gateway_keys.py TCP-ADDRESS UNIX-ADDRESS MODEL, the right key on standard input."""
import sys

import openai
from common import check, expect_error, finish
from gateway import ASK, client

tcp, unix, model = sys.argv[1:]
key = sys.stdin.readline().strip()


def ask(plex, headers=None):
    answer = plex.chat.completions.create(model=model, messages=ASK, extra_headers=headers)
    return answer.choices[0].message.content


check("right key", ask(client(tcp, api_key=key)), "Hello there")
check("right key in another field", ask(client(tcp), {
    "Authorization": openai.Omit(), "x-api-key": key}), "Hello there")
for wrong in ("sk-wrong", key[:-1], key + "x", key.upper()):
    error = expect_error(f"wrong key of {len(wrong)} characters", openai.AuthenticationError,
                         lambda: ask(client(tcp, api_key=wrong)))
    check("code", error and error.code, "invalid_api_key")
    check("the key is not told", error is None or key not in str(error.body), True)
expect_error("no key", openai.AuthenticationError,
             lambda: ask(client(tcp), {"Authorization": openai.Omit()}))
expect_error("models without a key", openai.AuthenticationError, lambda: client(tcp, api_key="sk-wrong").models.list())
check("the socket's mode is its lock", ask(client(unix, api_key="sk-wrong")), "Hello there")
finish()
