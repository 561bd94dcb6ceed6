"""Fields for every answer, in the way that is usual."""


class Cors:
    def end_headers(self):
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()
