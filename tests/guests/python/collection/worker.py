# > GET /
# > POST / 4
# > POST / 5
# > GET /
# Work is put into queues, which threads of its own work off for ever.
import queue
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

jobs, lines = queue.Queue(), queue.Queue()
done, log = {}, []


class Worker(threading.Thread):
    def run(self):
        while True:
            job = jobs.get()
            time.sleep(0.01)
            done[job] = job * 2
            jobs.task_done()


def keep(waiting, kept):
    while True:
        line = waiting.get()
        kept.append(line)
        waiting.task_done()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        job = int(self.rfile.read(int(self.headers["Content-Length"])))
        jobs.put(job)
        lines.put(f"job {job}")
        jobs.join()
        lines.join()
        self.answer(str(done[job]))

    def do_GET(self):
        self.answer(f"{done} {log}")

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


Worker(daemon=True).start()
threading.Thread(target=keep, args=(lines, log), daemon=True).start()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
