"""The example `python-hello` on CPython's http.server. `hello.py PORT [nodelay] [HTTP/1.0] [own_log]`"""

import sys
from http.server import ThreadingHTTPServer
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parents[4] / "guest/examples/python-hello"))

from app import Hello
from own_log import OwnLog


class Server(ThreadingHTTPServer):
    request_queue_size = 1024


if "own_log" in sys.argv[2:]:
    Hello = OwnLog
else:
    # The others log no requests either.
    Hello.log_request = lambda *_: None
Hello.disable_nagle_algorithm = "nodelay" in sys.argv[2:]
if "HTTP/1.0" in sys.argv[2:]:
    Hello.protocol_version = "HTTP/1.0"
with Server(("127.0.0.1", int(sys.argv[1])), Hello) as server:
    print(f"Serving HTTP on 127.0.0.1:{server.server_port} ...", flush=True)
    server.serve_forever()
