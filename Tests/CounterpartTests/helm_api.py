"""As much of a Kubernetes API as helm needs to install, upgrade and roll back charts of config maps: helm_api.py NAMESPACE

What helm knows of its releases it keeps in secrets, and those are all real. There are no deployments. A change of a config
map to the size "never" is never answered.
"""

import http.server
import json
import sys
import threading
import urllib.parse

namespace = sys.argv[1]
BASE = f"/api/v1/namespaces/{namespace}/"
KINDS = {"secrets": "Secret", "configmaps": "ConfigMap"}
VERBS = ["create", "delete", "get", "list", "patch", "update"]
lock = threading.Lock()
stored = {plural: {} for plural in KINDS}
version = 0


def resources(group, kinds):
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group,
        "resources": [
            {"name": plural, "singularName": "", "namespaced": True, "kind": kind, "verbs": VERBS}
            for plural, kind in kinds.items()
        ],
    }


APPS = {"groupVersion": "apps/v1", "version": "v1"}
DISCOVERY = {
    "/version": {"major": "1", "minor": "23", "gitVersion": "v1.23.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [{"name": "apps", "versions": [APPS], "preferredVersion": APPS}],
    },
    "/api/v1": resources("v1", KINDS),
    "/apis/apps/v1": resources("apps/v1", {"deployments": "Deployment"}),
    f"/apis/apps/v1/namespaces/{namespace}/deployments": {
        "kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": {"resourceVersion": "1"}, "items": [],
    },
}


def matches(item, selector):
    labels = item["metadata"].get("labels", {})
    wanted = dict(pair.replace("==", "=").split("=") for pair in selector.split(",") if pair)
    return all(labels.get(key) == value for key, value in wanted.items())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, document, status=200):
        self.send(json.dumps(document).encode(), "application/json", status)

    def send(self, body, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, reason, code, name):
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code}
        self.answer(status | {"message": f'"{name}": {reason}', "details": {"name": name}}, code)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")

    def keep(self, plural, item, status):
        global version
        version += 1
        item["metadata"].update(resourceVersion=str(version), namespace=namespace, uid=str(version))
        item.setdefault("apiVersion", "v1")
        item.setdefault("kind", KINDS[plural])
        stored[plural][item["metadata"]["name"]] = item
        self.answer(item, status)

    def handle_request(self):
        path, _, query = self.path.partition("?")
        if self.command == "GET" and path in DISCOVERY:
            return self.answer(DISCOVERY[path])
        if path == "/openapi/v2":
            # An empty message: no kind has a schema, so none is checked.
            return self.send(b"", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
        plural, _, name = path.removeprefix(BASE).partition("/")
        if not path.startswith(BASE) or plural not in KINDS:
            return self.refuse("NotFound", 404, path)
        body = self.body() if self.command in ("POST", "PUT", "PATCH") else {}
        if plural == "configmaps" and body.get("data", {}).get("size") == "never":
            threading.Event().wait()
        with lock:
            return self.act(plural, name, body, urllib.parse.parse_qs(query))

    def act(self, plural, name, body, query):
        items = stored[plural]
        if self.command == "POST":
            name = body["metadata"]["name"]
            return self.refuse("AlreadyExists", 409, name) if name in items else self.keep(plural, body, 201)
        if not name:
            chosen = [item for item in items.values() if matches(item, query.get("labelSelector", [""])[0])]
            meta = {"resourceVersion": str(version)}
            return self.answer({"kind": KINDS[plural] + "List", "apiVersion": "v1", "metadata": meta, "items": chosen})
        if name not in items:
            return self.refuse("NotFound", 404, name)
        match self.command:
            case "GET":
                return self.answer(items[name])
            case "PUT":
                return self.keep(plural, body, 200)
            case "PATCH":
                item = json.loads(json.dumps(items[name]))
                for key, value in body.items():
                    item[key] = {**item.get(key, {}), **value} if isinstance(value, dict) else value
                return self.keep(plural, item, 200)
            case "DELETE":
                del items[name]
                return self.answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})
        return self.refuse("MethodNotAllowed", 405, name)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
