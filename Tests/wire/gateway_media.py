#!/usr/bin/env python3
"""Sends forms with files through a gateway with the official openai client: gateway_media.py ADDRESS PROVIDER"""
import sys

from common import check, finish
from gateway import client

address, provider = sys.argv[1:]
plex = client(address)
SOUND = b"RIFF\x00\x00\r\n--not a boundary\r\n" + bytes(range(256)) * 64
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 64

text = plex.audio.transcriptions.create(
    model=f"{provider}/hear", file=("a.wav", SOUND), language="de", extra_body={"x_new": "1.50"})
check("transcription", text.text, f"{len(SOUND)} bytes")
check("translation", plex.audio.translations.create(model=f"{provider}/hear", file=("a.wav", SOUND)).text,
      f"{len(SOUND)} bytes")
edit = plex.images.edit(model=f"{provider}/draw", image=("a.png", PICTURE), prompt="Brighter")
check("edited picture", edit.data[0].b64_json, "aGk=")
check("two pictures", plex.images.edit(
    model=f"{provider}/draw", image=[("a.png", PICTURE), ("b.png", PICTURE)], prompt="Both").data[0].b64_json, "aGk=")
check("picture", plex.images.generate(model=f"{provider}/draw", prompt="A cat").data[0].b64_json, "aGk=")
speech = plex.audio.speech.create(model=f"{provider}/speak", voice="alloy", input="Hi")
check("speech", speech.content, bytes(range(256)))
finish()
