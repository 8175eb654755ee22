"""Tests release.py with ECS, CloudWatch Logs and Secrets Manager played by objects."""
import datetime
import sys
import types
import unittest
from unittest import mock

ARN = "arn:aws:ecs:eu-south-1:123456789012:"
DEFINITION = ARN + "task-definition/flask-api-release-dev:"
SECRET = "arn:aws:secretsmanager:eu-south-1:123456789012:secret:db-aB3dE6"


def now(ago=0):
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago)


class NotFound(Exception):
    pass


class AWS:
    """The account: a task ends after `polls` looks with `code`, or with none."""

    def __init__(self):
        self.tasks, self.runs, self.stopped, self.registered, self.tokens = [], [], [], [], {}
        self.code, self.polls, self.image, self.reason = 0, 2, "image:1", "Essential container in task exited"
        self.lines, self.values, self.failures = [], {SECRET: '{"password": "p@ss \\"word"}'}, []
        self.exceptions = types.SimpleNamespace(ResourceNotFoundException=NotFound)
        self.rival = None

    def add(self, revision, status="RUNNING", code=None, ago=0, name=None):
        task = {
            "taskArn": f"{ARN}task/flask-api-cluster-dev/{name or f'task{len(self.tasks)}'}", "taskDefinitionArn": DEFINITION + revision,
            "lastStatus": status, "createdAt": now(ago), "containers": [{"name": "release"}], "polls": self.polls,
        }  # fmt: skip
        self.tasks.append(task)
        if status == "STOPPED":
            self.end(task, code, ago)
        return task

    def end(self, task, code, ago=0):
        task |= {"lastStatus": "STOPPED", "stoppedAt": now(ago), "stoppedReason": self.reason}
        task["stopCode"] = "TaskFailedToStart" if code is None else "EssentialContainerExited"
        own = {"name": "release"} if code is None else {"name": "release", "exitCode": code}
        task["containers"] = [{"name": "aws-guardduty-agent-0f3c", "exitCode": 0}, own]

    def list_tasks(self, cluster, family, desiredStatus):
        return {"taskArns": [t["taskArn"] for t in self.tasks if (t["lastStatus"] == "STOPPED") == (desiredStatus == "STOPPED")]}

    def describe_tasks(self, cluster, tasks):
        found = [t for t in self.tasks if t["taskArn"] in tasks]
        for task in found:
            if task["lastStatus"] != "STOPPED":
                task["polls"] -= 1
                if task["polls"] < 0:
                    self.end(task, self.code)
        return {"tasks": found}

    def run_task(self, clientToken, taskDefinition, **rest):
        self.runs.append({"clientToken": clientToken, **rest})
        if self.failures:
            return {"tasks": [], "failures": self.failures}
        if self.rival:
            self.add(self.rival, ago=1, name="rival")
        if clientToken not in self.tokens:
            self.tokens[clientToken] = self.add(taskDefinition.split(":")[-1])
        return {"tasks": [self.tokens[clientToken]], "failures": []}

    def stop_task(self, cluster, task, reason):
        self.stopped.append(task)

    def describe_task_definition(self, taskDefinition, include=()):
        container = {"image": self.image, "secrets": [{"name": "DB_PASSWORD", "valueFrom": SECRET + ":password::"}]}
        definition = {"taskDefinitionArn": DEFINITION + "7", "family": "f", "revision": 7, "containerDefinitions": [container]}
        return {"taskDefinition": definition, "tags": [{"key": "Project", "value": "p"}]}

    def register_task_definition(self, **wanted):
        self.registered.append(wanted)
        return {"taskDefinition": {"taskDefinitionArn": DEFINITION + "8"}}

    def get_log_events(self, logGroupName, logStreamName, limit):
        if not self.lines:
            raise NotFound
        return {"events": [{"message": line} for line in self.lines[-limit:]]}

    def get_secret_value(self, SecretId):
        return {"SecretString": self.values[SecretId]}


class Release(unittest.TestCase):
    def setUp(self):
        self.aws = AWS()
        boto3 = types.SimpleNamespace(client=lambda _: self.aws)
        variables = {
            "CLUSTER": "flask-api-cluster-dev", "FAMILY": "flask-api-release-dev", "LOG_GROUP": "/ecs/flask-api-dev",
            "SUBNETS": "subnet-1,subnet-2", "SECURITY_GROUP": "sg-1", "TIMEOUT_MINUTES": "10",
        }  # fmt: skip
        for patch in (mock.patch.dict(sys.modules, {"boto3": boto3}), mock.patch.dict("os.environ", variables), mock.patch("time.sleep")):
            patch.start()
            self.addCleanup(patch.stop)
        sys.modules.pop("release", None)
        import release

        self.release = release

    def run_release(self, revision="7", **event):
        return self.release.handler(event or {"task_definition": DEFINITION + revision}, None)

    def fails(self, *parts, **event):
        with self.assertRaises(self.release.ReleaseFailed) as caught:
            self.run_release(**event)
        for part in parts:
            self.assertIn(part, str(caught.exception))
        return str(caught.exception)

    def test_success(self):
        self.assertEqual(self.run_release(), {"task": "task0", "exit_code": 0})
        network = self.aws.runs[0]["networkConfiguration"]["awsvpcConfiguration"]
        self.assertEqual(network, {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"})

    def test_exit_code(self):
        self.aws.code, self.aws.lines = 3, [f"line {i}" for i in range(30)]
        said = self.fails("task0 of flask-api-release-dev:7: exit code 3", "stream release/release/task0 of /ecs/flask-api-dev", "line 10\n", "line 29")
        self.assertNotIn("line 9\n", said)

    def test_does_not_start(self):
        self.aws.code, self.aws.reason = None, "CannotPullContainerError: not found"
        self.fails("CannotPullContainerError: not found", "(nothing)")

    def test_no_capacity(self):
        self.aws.failures = [{"reason": "RESOURCE:CPU"}]
        self.fails("started no task", "RESOURCE:CPU")

    def test_secrets_are_not_printed(self):
        self.aws.code = 1
        self.aws.lines = ['p@ss "word', 'postgresql://u:p%40ss%20%22word@h', '?password=p%40ss+%22word', 'json p@ss \\"word']
        said = self.fails("***\npostgresql://u:***@h\n?password=***\njson ***")
        self.assertNotIn("p@ss", said)

    def test_nothing_is_printed_where_a_secret_cannot_be_read(self):
        self.aws.code, self.aws.lines, self.aws.values = 1, ["password s3cret"], {}
        self.assertNotIn("s3cret", self.fails("not repeated here", "KeyError"))

    def test_time_out(self):
        self.aws.add("7", ago=601)
        self.fails("not ended after 10 minutes")
        self.assertEqual(len(self.aws.stopped), 1)

    def test_a_running_task_is_joined(self):
        self.aws.add("7")
        self.assertEqual(self.run_release(), {"task": "task0", "exit_code": 0})
        self.assertEqual(self.aws.runs, [])

    def test_a_task_that_has_just_ended_is_the_answer(self):
        self.aws.add("7", "STOPPED", 0, ago=100)
        self.assertEqual(self.run_release(), {"task": "task0", "exit_code": 0})
        self.aws.add("9", "STOPPED", 1, ago=5)
        self.fails("task1", task_definition=DEFINITION + "9")
        self.assertEqual(self.aws.runs, [])

    def test_what_failed_is_tried_again(self):
        self.aws.add("7", "STOPPED", 1, ago=40)
        self.assertEqual(self.run_release(), {"task": "task1", "exit_code": 0})

    def test_a_stopped_task_is_no_success(self):
        task = self.aws.add("7", "STOPPED", 0, ago=5)
        task["stopCode"] = "UserInitiated"
        self.fails("task0")

    def test_another_release_is_refused(self):
        self.aws.add("6")
        self.fails("another deployment runs in task task0 of flask-api-release-dev:6")
        self.assertEqual(self.aws.runs, [])

    def test_the_later_of_two_at_once_is_stopped(self):
        self.aws.rival = "6"
        self.fails("task rival of flask-api-release-dev:6")
        self.assertEqual(self.aws.stopped, [ARN + "task/flask-api-cluster-dev/task1"])

    def test_one_token_for_one_attempt(self):
        with mock.patch.object(self.release, "listed", return_value=[]):  # Neither sees the other's task yet.
            self.assertEqual(self.run_release(), self.run_release())
        self.assertEqual(len(self.aws.tasks), 1)
        self.aws.end(self.aws.tasks[0], 1, ago=40)
        self.run_release()
        self.run_release(task_definition=DEFINITION.replace("-dev", "-production") + "7")
        tokens = [run["clientToken"] for run in self.aws.runs]
        self.assertEqual(tokens[0], tokens[1])
        self.assertEqual(len(set(tokens)), 3)
        self.assertTrue(all(len(token) <= 64 for token in tokens))

    def test_image_of_a_pipeline(self):
        self.run_release(image="image:2")
        self.assertEqual(self.aws.registered[0]["containerDefinitions"][0]["image"], "image:2")
        self.assertEqual(set(self.aws.registered[0]), {"family", "containerDefinitions", "tags"})
        self.assertEqual(self.aws.tasks[0]["taskDefinitionArn"], DEFINITION + "8")

    def test_image_that_the_newest_revision_has(self):
        self.run_release(image="image:1")
        self.assertEqual(self.aws.registered, [])
        self.assertEqual(self.aws.tasks[0]["taskDefinitionArn"], DEFINITION + "7")


if __name__ == "__main__":
    unittest.main()
