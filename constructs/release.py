"""Runs the release command of a deployment in a task of its own, and waits for it.

Terraform calls it with {"task_definition": ARN}, a pipeline with {"image": URI}. It
answers with the task and its exit code; whatever is not success is an error that says
why. Whoever loses the connection calls again: a task that runs, or has just ended, is
answered for and not started a second time.
"""
import datetime
import hashlib
import json
import os
import time
import urllib.parse

import boto3

NAME = "release"  # of the container, and the prefix of its log streams
# What it runs, by the same.
TASKS = {
    NAME: "The release command",
    "db-roles": "The task that makes the roles of the database",
    "db-mask": "The task that masks the data of the database",
}
POLL_SECONDS = 2
LINES = 20
# How long the last lines of a task take to be in its log.
ARRIVE_SECONDS = 5
# How long a task that has ended is the answer to another call. An SDK calls again when
# the connection broke or when its own time is over, and no function runs longer than 900
# seconds. Who mends what made a release fail is not to wait for long.
ANSWERS_FOR_SECONDS = {True: 900, False: 30}
# What a new revision has of the one before it.
REGISTERED = (
    "family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes",
    "requiresCompatibilities", "cpu", "memory", "runtimePlatform", "ephemeralStorage",
)  # fmt: skip

ecs, logs, secrets, parameters = (boto3.client(service) for service in ("ecs", "logs", "secretsmanager", "ssm"))
env = os.environ


class ReleaseFailed(Exception):
    """Says what is to be read where the deployment fails."""


def handler(event, context):
    definition = event.get("task_definition") or definition_with(event["image"])
    task = wait(task_of(definition))
    if not succeeded(task):
        container = container_of(task)
        code = container.get("exitCode")
        why = container.get("reason") or task.get("stoppedReason", "no reason given")
        raise failure(task, why if code is None else f"exit code {code}, {why}")
    return {"task": short(task), "exit_code": 0}


def definition_with(image):
    """The newest revision if it has the image, or else a new one that differs in nothing else."""
    newest = ecs.describe_task_definition(taskDefinition=env["FAMILY"], include=["TAGS"])
    definition, tags = newest["taskDefinition"], newest.get("tags")
    if definition["containerDefinitions"][0]["image"] != image:
        definition["containerDefinitions"][0]["image"] = image
        wanted = {key: definition[key] for key in REGISTERED if key in definition} | ({"tags": tags} if tags else {})
        definition = ecs.register_task_definition(**wanted)["taskDefinition"]
    return definition["taskDefinitionArn"]


def task_of(definition):
    """The revision's task that runs or has just ended, or else a new one."""
    tasks = listed("RUNNING", definition) + listed("STOPPED", definition)
    for task in tasks:
        if task["lastStatus"] != "STOPPED":
            if task["taskDefinitionArn"] != definition:
                raise refusal(task)
            return task
    ended = sorted((t for t in tasks if t["taskDefinitionArn"] == definition), key=lambda t: t["stoppedAt"])
    if ended and age(ended[-1]["stoppedAt"]) < ANSWERS_FOR_SECONDS[succeeded(ended[-1])]:
        return ended[-1]
    task = started(definition, attempt=short(ended[-1]) if ended else "first")
    for other in listed("RUNNING", definition):
        if (other["createdAt"], other["taskArn"]) < (task["createdAt"], task["taskArn"]):
            stop(task, "Another release began at the same time, and first.")
            raise refusal(other)
    return task


def started(definition, attempt):
    """The task of that attempt. ECS starts one for each token, however often it is asked:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
    It forgets a task an hour after its end, and a token after a day. A token that another
    environment of the account has used is refused."""
    hour = datetime.datetime.now(datetime.timezone.utc).strftime("%y%m%d%H")
    answer = ecs.run_task(
        cluster=env["CLUSTER"], taskDefinition=definition, launchType="FARGATE", startedBy=NAME,
        clientToken=hashlib.sha256(f"{definition} {attempt} {hour}".encode()).hexdigest(),
        networkConfiguration={"awsvpcConfiguration": {
            "subnets": env["SUBNETS"].split(","), "securityGroups": [env["SECURITY_GROUP"]], "assignPublicIp": "DISABLED",
        }},
    )  # fmt: skip
    if not answer["tasks"]:
        raise ReleaseFailed(f"ECS started no task for the release command: {json.dumps(answer['failures'])}")
    return answer["tasks"][0]


def wait(task):
    while task["lastStatus"] != "STOPPED":
        if age(task["createdAt"]) > 60 * int(env["TIMEOUT_MINUTES"]):
            stop(task, "The release command took too long.")
            raise failure(task, f"not ended after {env['TIMEOUT_MINUTES']} minutes, Service.ReleaseTimeoutMinutes, and stopped")
        time.sleep(POLL_SECONDS)
        found = ecs.describe_tasks(cluster=env["CLUSTER"], tasks=[task["taskArn"]])["tasks"]
        task = found[0] if found else task  # ECS does not know a new task everywhere at once.
    return task


def listed(status, definition):
    family = definition.split("/")[-1].split(":")[0]
    arns = ecs.list_tasks(cluster=env["CLUSTER"], family=family, desiredStatus=status)["taskArns"]
    return ecs.describe_tasks(cluster=env["CLUSTER"], tasks=arns)["tasks"] if arns else []


def succeeded(task):
    # A command that is stopped may end with 0.
    return task.get("stopCode") == "EssentialContainerExited" and container_of(task).get("exitCode") == 0


def container_of(task):
    # GuardDuty has one of its own in each task:
    # https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html
    return next(container for container in task["containers"] if container["name"] in TASKS)


def stop(task, reason):
    ecs.stop_task(cluster=env["CLUSTER"], task=task["taskArn"], reason=reason)


def refusal(task):
    return ReleaseFailed(
        f"{TASKS[container_of(task)['name']]} of another deployment runs in task {short(task)} of {revision(task)}. "
        "The service was not updated; deploy again when that task has ended."
    )


def failure(task, why):
    name = container_of(task)["name"]
    stream = f"{name}/{name}/{short(task)}"
    return ReleaseFailed(
        f"{TASKS[name]} failed in task {short(task)} of {revision(task)}: {why}. The service was not updated, and its "
        f"tasks run on. Mend what failed and deploy again. The log stream {stream} of {env['LOG_GROUP']} ends with:\n"
        + printed(task, stream)
    )


def printed(task, stream):
    """The last lines, without the values of the task's secrets."""
    time.sleep(ARRIVE_SECONDS)
    try:
        events = logs.get_log_events(logGroupName=env["LOG_GROUP"], logStreamName=stream, limit=LINES)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return "(nothing)"
    try:
        # psql prints no password, and the function may not read those that psql gets.
        values = secret_values(task) if container_of(task)["name"] == NAME else ()
    except Exception as error:  # Whatever it is: no line is told with a value in it.
        return f"(not repeated here, because a secret that may be in it was not read: {type(error).__name__})"
    text = "\n".join(event["message"] for event in events)
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "***")
    return text or "(nothing)"


def secret_values(task):
    """The values that the task's variables have, and how they look in URLs and in JSON."""
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    forms = set()
    for variable in definition["containerDefinitions"][0].get("secrets", []):
        arn, (key, stage, version) = split(variable["valueFrom"])
        wanted = {"VersionStage": stage, "VersionId": version}
        if ":ssm:" in arn:
            value = parameters.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"]
        else:
            value = secrets.get_secret_value(SecretId=arn, **{k: v for k, v in wanted.items() if v})["SecretString"]
        value = str(json.loads(value)[key]) if key else value
        for part in (value, *value.splitlines()):
            forms |= {part, urllib.parse.quote(part, safe=""), urllib.parse.quote_plus(part), json.dumps(part)[1:-1]}
    return forms - {""}


def split(value_from):
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html"""
    parts = value_from.split(":")
    return ":".join(parts[:7]), (parts[7:] + ["", "", ""])[:3]


def age(moment):
    return time.time() - moment.timestamp()


def short(task):
    return task["taskArn"].split("/")[-1]


def revision(task):
    return task["taskDefinitionArn"].split("/")[-1]
