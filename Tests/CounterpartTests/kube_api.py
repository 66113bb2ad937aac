"""As much of a Kubernetes API as kubectl needs to set images and to wait for roll-outs: kube_api.py NAMESPACE DEPLOYMENT…

Every deployment has two pods of one container "app" with the image example.com/none:0. A new image is rolled out at once,
except one whose tag is "broken": its first pod never gets ready. GET /patches lists what was asked for.
"""

import http.server
import json
import sys
import threading

namespace, names = sys.argv[1], sys.argv[2:]
BASE = f"/apis/apps/v1/namespaces/{namespace}/deployments"
REPLICAS = 2
changed = threading.Condition()
patches = []
version = 1


def resources(group, *kinds):
    verbs = ["get", "list", "watch", "patch"]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group,
        "resources": [
            {"name": name, "singularName": name[:-1], "namespaced": True, "kind": kind, "verbs": verbs}
            for name, kind in kinds
        ],
    }


APPS = {"groupVersion": "apps/v1", "version": "v1"}
DISCOVERY = {
    "/version": {"major": "1", "minor": "32", "gitVersion": "v1.32.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [{"name": "apps", "versions": [APPS], "preferredVersion": APPS}],
    },
    f"/api/v1/namespaces/{namespace}": {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": namespace}},
    "/api/v1": resources("v1", ("pods", "Pod")),
    "/apis/apps/v1": resources("apps/v1", ("deployments", "Deployment")),
}


def deployment(name):
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name, "namespace": namespace, "generation": 1, "resourceVersion": "1", "uid": name,
        },
        "spec": {
            "replicas": REPLICAS,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "app", "image": "example.com/none:0"}]},
            },
        },
        "status": {
            "observedGeneration": 1,
            "replicas": REPLICAS,
            "updatedReplicas": REPLICAS,
            "readyReplicas": REPLICAS,
            "availableReplicas": REPLICAS,
        },
    }


deployments = {name: deployment(name) for name in names}


def images(of):
    return [container["image"] for container in of["spec"]["template"]["spec"]["containers"]]


def merge(old, new):
    """A strategic merge patch, as far as images and annotations need it."""
    for key, value in new.items():
        if key.startswith("$"):
            continue
        if key == "containers":
            for container in value:
                next(own for own in old[key] if own["name"] == container["name"]).update(container)
        elif isinstance(value, dict):
            merge(old.setdefault(key, {}), value)
        else:
            old[key] = value


def touch(item):
    global version
    version += 1
    item["metadata"]["resourceVersion"] = str(version)
    changed.notify_all()


def roll_out(item):
    """What the cluster's own controllers do after a change."""
    with changed:
        broken = any(image.endswith(":broken") for image in images(item))
        item["status"].update(
            observedGeneration=item["metadata"]["generation"],
            replicas=REPLICAS + broken,
            updatedReplicas=1 if broken else REPLICAS,
        )
        touch(item)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, document, status=200):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self):
        name = self.path.partition("?")[0].rpartition("/")[2]
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        self.answer(status | {"message": f'deployments.apps "{name}" not found'}, 404)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path in DISCOVERY:
            return self.answer(DISCOVERY[path])
        if path == "/patches":
            return self.answer(patches)
        if path == BASE:
            chosen = [item for name, item in deployments.items() if f"metadata.name%3D{name}" in query + "&"]
            if "watch=true" in query or "watch=1" in query:
                return self.watch(chosen)
            with changed:
                meta = {"resourceVersion": str(version)}
                return self.answer(
                    {"kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": meta, "items": chosen}
                )
        name = path.removeprefix(BASE + "/")
        if name not in deployments:
            return self.refuse()
        with changed:
            self.answer(deployments[name])

    def watch(self, chosen):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        told = {}
        try:
            while True:
                with changed:
                    news = [item for item in chosen if told.get(item["metadata"]["name"]) != version]
                    for item in news:
                        told[item["metadata"]["name"]] = version
                    lines = [json.dumps({"type": "MODIFIED", "object": item}).encode() + b"\n" for item in news]
                    if not lines:
                        changed.wait()
                for line in lines:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.flush()
        except OSError:
            self.close_connection = True

    def do_PATCH(self):
        path = self.path.partition("?")[0]
        name = path.removeprefix(BASE + "/")
        patch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if name not in deployments:
            return self.refuse()
        with changed:
            item = deployments[name]
            patches.append({"deployment": name, "patch": patch})
            merge(item, patch)
            item["metadata"]["generation"] += 1
            touch(item)
            self.answer(item)
        threading.Thread(target=roll_out, args=(item,)).start()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
