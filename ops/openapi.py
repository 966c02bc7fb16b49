#!/usr/bin/env python3
"""Writes docs/openapi.json: paths from the command's own table of routes, rows from proto/messages.proto.

usage: openapi.py SNOWFLAKE [--check]        --check compares instead of writing
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FILE = ROOT / "docs/openapi.json"
SCALARS = {
    "string": {"type": "string"}, "bool": {"type": "boolean"}, "bytes": {"type": "string"},
    "uint32": {"type": "integer", "minimum": 0}, "int32": {"type": "integer"},
    "uint64": {"type": "integer", "minimum": 0}, "int64": {"type": "integer"},
}


def messages():
    """Every message of the wire: its fields with their comments."""
    found = {}
    text = (ROOT / "proto/messages.proto").read_text()
    for match in re.finditer(r"^message (\w+) \{(.*?)\}", text, re.M | re.S):
        fields, notes = {}, []
        for line in re.split(r"\n|(?<=;)", match[2]):
            line = line.strip()
            if line.startswith("//"):
                notes.append(line[2:].strip())
                continue
            field = re.match(r"(repeated |optional )?(map<string, \w+>|\w+) (\w+) = \d+;", line)
            if not field:
                continue
            kind = field[2]
            if kind.startswith("map"):
                schema = {"type": "object", "additionalProperties": {"type": ["integer", "string"]}}
            else:
                schema = dict(SCALARS.get(kind) or {"$ref": f"#/components/schemas/{kind}"})
            if kind == "bytes" and field[3] in ("key", "digest"):
                schema["pattern"] = "^[0-9a-f]*$"
            if (field[1] or "").strip() == "repeated":
                schema = {"type": "array", "items": schema}
            if notes and "$ref" not in schema:
                schema["description"] = " ".join(notes)
            fields[field[3]] = schema
            notes = []
        found[match[1]] = {"type": "object", "properties": fields, "additionalProperties": False}
    return found


def needed(names, all_messages):
    """The messages these are made of."""
    todo, seen = [name for name in names if name], {}
    while todo:
        name = todo.pop()
        if name in seen or name not in all_messages:
            continue
        seen[name] = all_messages[name]
        todo += re.findall(r"schemas/(\w+)", json.dumps(all_messages[name]))
    return dict(sorted(seen.items()))


def answer(route):
    if route["path"] == "/events":
        return {"application/x-ndjson": {"schema": {"type": "string"}}}
    version = {"version": {"type": "integer", "const": 1}}
    if route["method"] == "POST":
        schema = {"type": "object", "required": ["version", "lines"], "properties": {
            **version, "lines": {"type": "array", "items": {"type": "string"}}}}
    elif route["row"] in ("InfoAnswer", "StatusAnswer", "WhyAnswer", "LedgerAnswer"):
        schema = {"type": "object", "required": ["version"], "properties": {
            **version, **ALL[route["row"]]["properties"]}, "additionalProperties": False}
    else:
        row = {"$ref": f"#/components/schemas/{route['row']}"} if route["row"] else {"$ref": "#/components/schemas/Shot"}
        schema = {"type": "object", "required": ["version", "rows"], "properties": {
            **version, "at": {"type": "integer"}, "rows": {"type": "array", "items": row}}, "additionalProperties": False}
    return {"application/json": {"schema": schema}}


ALL = messages()


def document(routes):
    paths = {}
    fault = {"description": "Why not.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}}
    for route in routes:
        names = re.findall(r"\{(\w+)\}", route["path"])
        parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in route["parameters"]]
        operation = {
            "summary": route["summary"], "description": f"For a {route['role']}'s ticket.", "parameters": parameters,
            "operationId": route["method"].lower() + re.sub(r"\W+", "_", route["path"]),
            "responses": {"200": {"description": "The answer.", "content": answer(route)}, "default": fault},
        }
        if route["method"] == "POST":
            operation["requestBody"] = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Act"}}}}
        paths.setdefault(route["path"], {})[route["method"].lower()] = operation
    schemas = needed([route["row"] for route in routes] + ["TaskRow"], ALL)
    schemas["Shot"] = {"type": "object", "required": ["shot", "stage", "tasks"], "properties": {
        "shot": {"type": "string"}, "stage": {"type": "string"},
        "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/TaskRow"}}}}
    schemas["Act"] = {"type": "object", "additionalProperties": False, "properties": {
        "subject": {"type": "string", "description": "A shot, a task, a scene, or all."},
        "value": {"type": "integer", "description": "A priority, or a cap in millionths of a US dollar (-1 for none)."},
        "text": {"type": "string", "description": "A reason, limits, or what another take is to be like."}}}
    schemas["Fault"] = {"type": "object", "required": ["version", "error"], "properties": {
        "version": {"type": "integer", "const": 1}, "error": {"type": "object", "required": ["code", "message"], "properties": {
            "code": {"type": "string"}, "message": {"type": "string"}}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Snowflake control API", "version": "1", "description":
                 "On the coordinator's HTTPS door (port 7401), whose key is pinned by the welcome and by "
                 "`snowflake status`. Fields that are zero or empty are left out."},
        "servers": [{"url": "/api/v1"}],
        "security": [{"ticket": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"ticket": {
            "type": "http", "scheme": "bearer", "description": "snowflake token create --role viewer --bearer"}}},
    }


def main():
    routes = json.loads(subprocess.run([sys.argv[1], "api-routes"], check=True, capture_output=True).stdout)
    text = json.dumps(document(routes), indent=1, sort_keys=True) + "\n"
    if "--check" in sys.argv:
        if FILE.read_text() != text:
            sys.exit("docs/openapi.json is not what the routes and the wire say; run ops/openapi.py SNOWFLAKE")
    else:
        FILE.write_text(text)


main()
