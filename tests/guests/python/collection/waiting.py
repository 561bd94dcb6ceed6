# > GET /
# > GET /
"""It waits for its clients itself, by a selector, beside a loop of asyncio's that has been left."""

import asyncio
import http.server
import selectors
import sys
import threading

counts = {"seen": 0}


async def count():
    counts["seen"] += 1
    await asyncio.sleep(0.01)
    return counts["seen"]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen = asyncio.run_coroutine_threadsafe(count(), loop).result(5)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"%d" % seen)


def serve():
    server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    with selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(0.5):
                key.fileobj.handle_request()


async def main():
    global loop
    loop = asyncio.get_running_loop()
    threading.Thread(target=serve, daemon=True).start()
    while True:
        await asyncio.sleep(3600)


asyncio.run(main())
