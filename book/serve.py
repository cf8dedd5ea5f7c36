"""Serve the built book with compression, as a web host would: ``python book/serve.py [PORT]``.

For looking at it from another device, and for measuring it: see CONTRIBUTING.md.
"""

import gzip
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).resolve().parent / "_build" / "html"
COMPRESSED_ALREADY = ("font/", "image/png")


class Compressing(SimpleHTTPRequestHandler):
    """Answers with gzip what gains by it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        kind = self.guess_type(file)
        if not file.is_file() or kind.startswith(COMPRESSED_ALREADY):
            return super().do_GET()
        body = gzip.compress(file.read_bytes())
        self.send_response(200)
        for name, value in {"Type": kind, "Encoding": "gzip", "Length": str(len(body))}.items():
            self.send_header(f"Content-{name}", value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else 8000
    print(f"http://localhost:{port}/intro.html")
    ThreadingHTTPServer(("localhost", port), partial(Compressing, directory=str(HTML))).serve_forever()
