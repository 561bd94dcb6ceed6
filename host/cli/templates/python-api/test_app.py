"""Run with `python3 -m unittest`: the same program under Python's own server."""

import json
import threading
import unittest
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer

import app


class TodosTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), app.Handler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def call(self, method, path, value=None):
        connection = HTTPConnection(*self.server.server_address)
        connection.request(method, path, None if value is None else json.dumps(value))
        response = connection.getresponse()
        status, answer = response.status, json.load(response)
        connection.close()
        return status, answer

    def test_what_is_added_is_listed_until_it_is_removed(self):
        status, todo = self.call("POST", "/todos", {"text": "write a handler"})
        self.assertEqual(status, 201)
        self.assertIn(todo, self.call("GET", "/todos")[1])
        self.assertEqual(self.call("DELETE", f"/todos/{todo['id']}")[0], 200)
        self.assertNotIn(todo, self.call("GET", "/todos")[1])

    def test_nonsense_is_refused(self):
        self.assertEqual(self.call("POST", "/todos", [])[0], 400)
        self.assertEqual(self.call("GET", "/else")[0], 404)


if __name__ == "__main__":
    unittest.main()
