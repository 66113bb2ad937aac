"""A small web service that counts what it answers: counting_service.py VERSION-FILE

GET /work answers 200, and 500 for every fifth request while VERSION-FILE holds "bad"; GET /metrics is for Prometheus.
"""

import http.server
import sys
import threading

version_file = sys.argv[1]
lock = threading.Lock()
requests = errors = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global requests, errors
        status, body = 200, "done\n"
        with lock:
            if self.path == "/metrics":
                body = f"http_requests_total {requests}\nhttp_errors_total {errors}\n"
            else:
                requests += 1
                with open(version_file) as file:
                    if file.read().strip() == "bad" and requests % 5 == 0:
                        status, errors = 500, errors + 1
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
