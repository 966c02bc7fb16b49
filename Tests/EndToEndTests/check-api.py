"""Asks a coordinator's control API and holds every answer against docs/openapi.json.

usage: check-api.py OPENAPI ADDRESS VIEWER OPERATOR JOB       ADDRESS is https://host:port, the two are bearer tickets
"""
import json
import ssl
import sys
import urllib.error
import urllib.request

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

openapi, address, viewer, operator, job = sys.argv[1:]
document = json.load(open(openapi))
validate(document)
# The door's key is pinned by its users; this checks what is behind it.
context = ssl._create_unverified_context()


def ask(method, path, ticket, body=None):
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(address + "/api/v1" + path, method=method, data=data)
    request.add_header("Authorization", f"Bearer {ticket}")
    try:
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def fits(schema, value):
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)


FAULT = {"$ref": "#/components/schemas/Fault"}
names = {"{job}": job, "{subject}": "film", "{worker}": "w-none", "{gate}": "none"}
for path, operations in document["paths"].items():
    if "get" not in operations:
        continue
    where = path
    for name, value in names.items():
        where = where.replace(name, value)
    status, body = ask("GET", where, viewer)
    assert status == 200, (path, status, body[:300])
    content = operations["get"]["responses"]["200"]["content"]
    if "application/json" in content:
        answer = json.loads(body)
        fits(content["application/json"]["schema"], answer)
        if path in ("/jobs", "/jobs/{job}/shots", "/jobs/{job}/tasks"):
            assert answer["rows"], path
    else:
        lines = [json.loads(line) for line in body.decode().splitlines() if line]
        assert {line["type"] for line in lines} >= {"job", "task", "event"}, path
        for line in lines:
            if line["type"] == "task":
                fits({"$ref": "#/components/schemas/TaskRow"}, line["row"])

# Roles, and what makes no sense.
for method, path, ticket, body, wanted in [
    ("POST", f"/jobs/{job}/pause", viewer, None, 403),
    ("GET", "/jobs", "nonsense", None, 401),
    ("GET", "/nothing", viewer, None, 404),
    ("GET", "/jobs/j-none/tasks", viewer, None, 404),
    ("POST", f"/jobs/{job}/dance", operator, None, 404),
    ("POST", f"/jobs/{job}/cap", operator, None, 400),
    ("POST", f"/jobs/{job}/retry", operator, b"{", 400),
    ("POST", f"/jobs/{job}/retry", operator, {"speed": 1}, 400),
    ("POST", "/workers/w-none/drain", operator, None, 404),
    ("POST", f"/jobs/{job}/retry", operator, b"x" * 300_000, 413),
]:
    status, answer = ask(method, path, ticket, body)
    assert status == wanted, (method, path, status, answer[:300])
    if wanted in (400, 403, 404):
        fits(FAULT, json.loads(answer))
for verb, body, word in [("priority", {"value": 7}, "priority 7"), ("pause", None, "paused"), ("resume", None, "goes on")]:
    status, answer = ask("POST", f"/jobs/{job}/{verb}", operator, body)
    assert status == 200 and word in json.loads(answer)["lines"][0], (verb, status, answer)
print("every answer is as the file says")
