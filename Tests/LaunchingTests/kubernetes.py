"""A stand-in for the Kubernetes API, for tests: keeps jobs and secrets in memory, answers in the API's documented shapes,
and notes every call as a line of JSON in the file it is given. Prints its address."""
import http.server
import json
import sys
import urllib.parse

JOBS, SECRETS = {}, {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, reason, message):
        self.answer(status, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
                             "message": message, "code": status})

    def handle_call(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        with open(sys.argv[1], "a") as log:
            log.write(json.dumps({"method": self.command, "path": self.path, "body": body,
                                  "authorization": self.headers.get("authorization") or ""}) + "\n")
        path = urllib.parse.urlparse(self.path)
        kind, _, name = path.path.split("/namespaces/farm/")[1].partition("/")
        table = JOBS if kind == "jobs" else SECRETS
        if self.command == "GET":
            return self.answer(200, {"kind": "JobList", "apiVersion": "batch/v1", "items": list(table.values())})
        if self.command == "DELETE":
            if table.pop(name, None) is None:
                return self.refuse(404, "NotFound", f'{kind} "{name}" not found')
            return self.answer(200, {"kind": "Status", "status": "Success"})
        item = json.loads(body)
        name = item["metadata"]["name"]
        if kind == "jobs" and "full" in name:
            return self.refuse(403, "Forbidden", f'jobs.batch "{name}" is forbidden: exceeded quota: farm')
        if name in table:
            return self.refuse(409, "AlreadyExists", f'{kind} "{name}" already exists')
        item["status"] = {}
        table[name] = item
        return self.answer(201, item)

    do_GET = do_POST = do_DELETE = handle_call


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
