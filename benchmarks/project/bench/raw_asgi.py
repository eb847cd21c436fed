"""What the server itself can do: an echo, or a fan-out, with nothing between it and the socket."""

members = set()


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return
    if scope["type"] != "websocket":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] == "/fan":
        await fan_out(receive, send)
        return
    while True:
        event = await receive()
        if event["type"] != "websocket.receive":
            return
        await send({"type": "websocket.send", "text": event["text"]})


async def fan_out(receive, send):
    members.add(send)
    try:
        while True:
            event = await receive()
            if event["type"] != "websocket.receive":
                return
            for member in list(members):
                await member({"type": "websocket.send", "text": event["text"]})
    finally:
        members.discard(send)
