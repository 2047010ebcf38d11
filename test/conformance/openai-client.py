"""The official client for Python: reads what to do from standard input, a JSON object per line, and answers likewise."""

import json
import sys

from openai import APIError, OpenAI

QUESTION = "Say hello to the world in one sentence."
LONG_QUESTION = "Tell of the farthing in 200 words."
JSON_QUESTION = "Give a city and a number of days, as JSON."
TOOL_QUESTION = "What is the weather in Oslo and in Rome? Use the tools."
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TRIP = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": CITY}}]


def ask(content):
    return [{"role": "user", "content": content}]


def tokens(usage):
    return {"inputTokens": usage.prompt_tokens, "outputTokens": usage.completion_tokens}


def said(completion):
    choice = completion.choices[0]
    text = choice.message.content or ""
    return {"text": text, "finish": choice.finish_reason, **tokens(completion.usage)}


def stream(create):
    pieces, text, finish, usage = 0, "", "", None
    chunks = create(messages=ask(QUESTION), stream=True, stream_options={"include_usage": True})
    for chunk in chunks:
        if chunk.choices:
            piece = chunk.choices[0].delta.content or ""
            pieces += 1 if piece else 0
            text += piece
            finish = chunk.choices[0].finish_reason or finish
        usage = chunk.usage or usage
    return {"pieces": pieces, "text": text, "finish": finish, **tokens(usage)}


def whole_message(create, is_stream, **request):
    if not is_stream:
        return create(**request).choices[0].message.model_dump(exclude_none=True)
    content, calls = "", {}
    for chunk in create(stream=True, **request):
        delta = chunk.choices[0].delta
        content += delta.content or ""
        for part in delta.tool_calls or []:
            call = calls.setdefault(
                part.index, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
            )
            call["id"] = part.id or call["id"]
            call["function"]["name"] += part.function.name or ""
            call["function"]["arguments"] += part.function.arguments or ""
    message = {"role": "assistant", "content": content}
    return {**message, "tool_calls": list(calls.values())} if calls else message


def tools(create, is_stream):
    messages, seen = ask(TOOL_QUESTION), []
    for _ in range(4):
        message = whole_message(create, is_stream, messages=messages, tools=TOOLS)
        messages.append(message)
        calls = message.get("tool_calls", [])
        if not calls:
            return {"calls": seen, "text": message.get("content") or ""}
        for call in calls:
            function = call["function"]
            seen.append({"name": function["name"], "arguments": json.loads(function["arguments"])})
            result = {"role": "tool", "tool_call_id": call["id"], "content": "sunny, 21 degrees"}
            messages.append(result)
    raise RuntimeError("it calls tools and never answers")


def structured(create):
    response_format = {"type": "json_schema", "json_schema": {"name": "trip", "strict": True, "schema": TRIP}}
    completion = create(messages=ask(JSON_QUESTION), response_format=response_format)
    return json.loads(completion.choices[0].message.content)


def vision(create, image):
    parts = [
        {"type": "text", "text": "What is in this image?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}},
    ]
    return said(create(messages=ask(parts)))


def abort(create):
    with create(messages=ask(LONG_QUESTION), stream=True) as chunks:
        next(iter(chunks))
    return {}


def failed(act):
    try:
        act()
    except APIError as error:
        return {"status": getattr(error, "status_code", None), "error": type(error).__name__}
    except Exception as error:
        return {"status": None, "error": type(error).__name__}
    raise RuntimeError("the client saw no error")


def perform(told):
    client = OpenAI(
        base_url=told["baseUrl"],
        api_key=told["apiKey"],
        max_retries=0,
        default_headers=told.get("headers", {}),
    )

    def create(**request):
        return client.chat.completions.create(model=told["model"], **request)

    verbs = {
        "chat": lambda: said(create(messages=ask(QUESTION))),
        "stream": lambda: stream(create),
        "tools": lambda: tools(create, told["isStream"]),
        "structured": lambda: structured(create),
        "vision": lambda: vision(create, told["image"]),
        "abort": lambda: abort(create),
        "refusal": lambda: failed(lambda: create(messages=ask(QUESTION))),
        "broken_stream": lambda: failed(lambda: list(create(messages=ask(LONG_QUESTION), stream=True))),
    }
    with client:
        return verbs[told["verb"]]()


for line in sys.stdin:
    try:
        reply = {"result": perform(json.loads(line))}
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(reply), flush=True)
