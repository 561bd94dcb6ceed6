"""Threads, executors and event loops, in the one thread that there is."""

import asyncio
import concurrent.futures
import queue
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


async def gathered():
    async def one(number):
        await asyncio.sleep(0.01)
        return number

    return await asyncio.gather(one(1), one(2))


def in_threads():
    results = queue.Queue()
    threads = [threading.Thread(target=results.put, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results.get(timeout=1), results.get(timeout=1)], any(thread.is_alive() for thread in threads)


def executed():
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        return list(executor.map(abs, (-1, -2)))


def event():
    event = threading.Event()
    threading.Thread(target=event.set).start()
    return event.wait()


def for_ever():
    try:
        threading.Event().wait()
    except RuntimeError as error:
        return str(error)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        found = [asyncio.run(gathered()), in_threads(), executed(), event(), for_ever()]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(repr(found).encode())


if __name__ == "__main__":
    HTTPServer(("", 8000), Handler).serve_forever()
