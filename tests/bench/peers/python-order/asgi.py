"""The same as a bare ASGI application, for uvicorn."""

import json


async def app(scope, receive, send):
    assert scope["type"] == "http"
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    items = json.loads(body)["items"]
    total = sum(item["price"] * item["count"] for item in items)
    answer = json.dumps({"total": total, "items": items}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
