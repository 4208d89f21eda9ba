"""The five dialects as a soak's upstream writes them and as its callers read them, with no code of the project's."""
import json

DIALECTS = ("openai", "openai-responses", "anthropic", "gemini", "ollama")


def dump(value):
    return json.dumps(value, ensure_ascii=False).encode()


def sse(value, event=None):
    return (f"event: {event}\n".encode() if event else b"") + b"data: " + dump(value) + b"\n\n"


# What an upstream says.

def whole(dialect, text):
    if dialect == "openai":
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}}
    if dialect == "openai-responses":
        return {"id": "r", "object": "response", "created_at": 1, "status": "completed", "model": "m", "output": [
            item(text, "completed")], "usage": {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}}
    if dialect == "anthropic":
        return {"id": "a", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
                "stop_sequence": None, "content": [{"type": "text", "text": text}],
                "usage": {"input_tokens": 3, "output_tokens": 5}}
    if dialect == "gemini":
        return gemini(text, "STOP")
    return ollama(text, True)


def item(text, status):
    return {"id": "i", "type": "message", "role": "assistant", "status": status,
            "content": [{"type": "output_text", "text": text, "annotations": []}] if text is not None else []}


def gemini(text, finish=None):
    candidate = {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "m", "responseId": "g",
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 5, "totalTokenCount": 8}}


def ollama(text, done):
    line = {"model": "m", "created_at": "2025-01-01T00:00:00Z", "message": {"role": "assistant", "content": text},
            "done": done}
    return {**line, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 5} if done else line


def frames(dialect, pieces):
    """A streamed answer: what comes before the text, a frame for each piece, and what ends it."""
    if dialect == "openai":
        def chunk(delta, finish=None):
            return sse({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
        return [chunk({"role": "assistant", "content": ""})], [chunk({"content": p}) for p in pieces], \
            [chunk({}, "stop"), b"data: [DONE]\n\n"]
    if dialect == "openai-responses":
        number = iter(range(1 << 30))

        def event(kind, **more):
            return sse({"type": kind, "sequence_number": next(number), **more}, kind)
        head = {"id": "r", "object": "response", "created_at": 1, "status": "in_progress", "model": "m", "output": []}
        place = {"item_id": "i", "output_index": 0, "content_index": 0}
        text = "".join(pieces)
        part = {"type": "output_text", "text": "", "annotations": []}
        return [event("response.created", response=head),
                event("response.output_item.added", output_index=0, item=item(None, "in_progress")),
                event("response.content_part.added", **place, part=part)], \
            [event("response.output_text.delta", **place, delta=p) for p in pieces], \
            [event("response.output_text.done", **place, text=text),
             event("response.content_part.done", **place, part={**part, "text": text}),
             event("response.output_item.done", output_index=0, item=item(text, "completed")),
             event("response.completed", response=whole(dialect, text))]
    if dialect == "anthropic":
        def event(kind, **more):
            return sse({"type": kind, **more}, kind)
        message = {**whole(dialect, ""), "content": [], "stop_reason": None}
        return [event("message_start", message=message),
                event("content_block_start", index=0, content_block={"type": "text", "text": ""})], \
            [event("content_block_delta", index=0, delta={"type": "text_delta", "text": p}) for p in pieces], \
            [event("content_block_stop", index=0),
             event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 5}),
             event("message_stop")]
    if dialect == "gemini":
        return [], [sse(gemini(p)) for p in pieces], [sse(gemini("", "STOP"))]
    return [], [dump(ollama(p, False)) + b"\n" for p in pieces], [dump(ollama("", True)) + b"\n"]


def error_body(dialect, message, kind="overloaded_error"):
    if dialect == "anthropic":
        return {"type": "error", "error": {"type": kind, "message": message}}
    if dialect == "ollama":
        return {"error": message}
    if dialect == "gemini":
        return {"error": {"code": 503, "message": message, "status": "UNAVAILABLE"}}
    return {"error": {"message": message, "type": kind, "param": None, "code": kind}}


def error_frame(dialect, message):
    value = error_body(dialect, message)
    if dialect == "openai-responses":
        return sse({"type": "error", "code": "overloaded_error", "message": message, "param": None}, "error")
    if dialect == "ollama":
        return dump(value) + b"\n"
    return sse(value, "error" if dialect == "anthropic" else None)


def dialect_of(path):
    if path.startswith("/api/"):
        return "ollama"
    if path.startswith("/v1beta/"):
        return "gemini"
    return {"messages": "anthropic", "responses": "openai-responses"}.get(path.split("?")[0].rsplit("/", 1)[1], "openai")


# What a caller asks and reads.

def request(dialect, model, prompt, streamed):
    messages = [{"role": "user", "content": prompt}]
    if dialect == "openai":
        return "/v1/chat/completions", {"model": model, "messages": messages, "stream": streamed}
    if dialect == "openai-responses":
        return "/v1/responses", {"model": model, "input": prompt, "stream": streamed}
    if dialect == "anthropic":
        return "/v1/messages", {"model": model, "messages": messages, "max_tokens": 64, "stream": streamed}
    if dialect == "ollama":
        return "/api/chat", {"model": model, "messages": messages, "stream": streamed}
    method = "streamGenerateContent?alt=sse" if streamed else "generateContent"
    return f"/v1beta/models/{model.replace('/', '%2F')}:{method}", {"contents": [{"role": "user", "parts": [
        {"text": prompt}]}]}


class View:
    """What a caller makes of an answer: its text, how it ended, and its error's code."""

    def __init__(self, dialect):
        self.dialect = dialect
        self.text = ""
        self.finishes = 0
        self.ends = 0
        self.errors = []
        self.odd = []

    def read_whole(self, status, body):
        try:
            value = json.loads(body)
        except ValueError:
            self.odd.append(f"no JSON: {body[:200]!r}")
            return
        if status != 200:
            self.read_error(value)
        else:
            self.read_value(value)
            self.ends = self.finishes

    def read_stream(self, body):
        text = body.decode()
        if self.dialect == "ollama":
            frames = text.split("\n")
            if frames.pop() != "":
                self.odd.append("the last line has no end")
        else:
            *blocks, rest = text.split("\n\n")
            if rest:
                self.odd.append(f"the last event has no end: {rest[:200]!r}")
            lines = [[line[6:] for line in block.split("\n") if line.startswith("data: ")] for block in blocks]
            frames = ["\n".join(data) for data in lines if data]
        for frame in frames:
            if not frame:
                continue
            if self.errors or (self.ends and self.dialect != "gemini"):
                self.odd.append(f"behind the end: {frame[:200]!r}")
            elif frame == "[DONE]" and self.dialect == "openai":
                self.ends += 1
            else:
                value = json.loads(frame)
                if value.get("error") or value.get("type") == "error":
                    self.read_error(value)
                else:
                    self.read_value(value)

    def read_value(self, value):
        kind = value.get("type", "")
        if self.dialect == "openai":
            for choice in value.get("choices") or []:
                self.text += (choice.get("message") or choice.get("delta") or {}).get("content") or ""
                self.finishes += bool(choice.get("finish_reason"))
        elif self.dialect == "openai-responses":
            if kind.endswith("output_text.delta"):
                self.text += value["delta"]
            if kind == "response.completed":
                self.finishes += 1
                self.ends += 1
            if value.get("object") == "response":
                self.text += "".join(p["text"] for i in value["output"] for p in i.get("content") or [])
                self.finishes += value["status"] == "completed"
        elif self.dialect == "anthropic":
            if kind == "message":
                self.text += "".join(part.get("text", "") for part in value["content"])
                self.finishes += bool(value["stop_reason"])
            delta = value.get("delta") or {}
            self.text += delta.get("text") or ""
            self.finishes += bool(delta.get("stop_reason"))
            self.ends += kind == "message_stop"
        elif self.dialect == "gemini":
            for candidate in value.get("candidates") or []:
                self.text += "".join(p.get("text", "") for p in (candidate.get("content") or {}).get("parts") or [])
                done = bool(candidate.get("finishReason"))
                self.finishes += done
                self.ends += done
        else:
            self.text += value["message"]["content"]
            self.finishes += value["done"]
            self.ends += value["done"]

    def read_error(self, value):
        inner = value.get("error")
        try:
            if self.dialect == "ollama":
                code = value["code"] if isinstance(inner, str) else None
            elif self.dialect == "gemini":
                code = inner["details"][0]["reason"] if inner["status"] and inner["message"] else None
            else:
                code = inner["code"] if inner["message"] else None
        except (KeyError, TypeError, IndexError):
            code = None
        self.errors.append(code)
        if code is None:
            self.odd.append(f"an error of another form: {value}")

    def is_whole(self, text):
        return not self.errors and not self.odd and self.text == text and self.finishes == 1 and self.ends == 1

    def is_right_error(self, text):
        return len(self.errors) == 1 and not self.odd and text.startswith(self.text) and self.finishes == 0

    def __str__(self):
        return f"text {self.text[:60]!r}… ({len(self.text)}), finishes {self.finishes}, ends {self.ends}, " \
               f"errors {self.errors}, {self.odd[:2]}"
