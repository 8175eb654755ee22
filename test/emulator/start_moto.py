"""Starts moto as the emulated AWS needs it."""
import copy
import json
import re
import sys

import botocore.session
import moto.core.config
import moto.core.responses
import moto.server
import moto.sqs.models
import moto.stepfunctions.models
from botocore import xform_name
from botocore.exceptions import ClientError
from jsonpath_ng.ext import parse
from moto.stepfunctions.parser.asl.utils import json_path


# A path that may lead to several values is a list of those, one that leads to one is that,
# wherever it has an index: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
def extract_json(path, data):
    found = [match.value for match in parse(path).find(data)]
    if re.search(r"[*?:]|\.\.", path):
        return found
    if not found:
        raise json_path.NoSuchJsonPathError(json_path=path, data=data)
    return found[0]


json_path.extract_json = extract_json  # Before what follows takes moto's own.
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations.string_operators import StringMatches
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_ecs import StateTaskServiceEcs
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeFailure, CallbackOutcomeFailureError
from moto.stepfunctions.responses import StepFunctionResponse

# What an answer is to leave out moto notes in one place for all requests: who asks ECS for
# no tags would take them from the answer to another.
moto.core.responses.BaseResponse._exclude_from_response = lambda *_: None

# moto makes a queue's list anew to delete a message, and so loses what is sent meanwhile.
def delete_message(self, receipt_handle):
    if receipt_handle in self.deleted_messages:
        return
    found = next((message for message in list(self._messages) if message.had_receipt_handle(receipt_handle)), None)
    if found is None:
        raise moto.sqs.models.ReceiptHandleIsInvalid()
    self.pending_messages.discard(found)
    self.deleted_messages.update(found.all_receipt_handles)
    self._messages.remove(found)


moto.sqs.models.Queue.delete_message = delete_message

# State machines run. What they call they call at MOTO_PORT, where a proxy is.
moto.core.config.default_user_config["stepfunctions"]["execute_state_machine"] = True

# moto copies a state machine for each execution, with the threads of those before.
moto.stepfunctions.models.StateMachine.__deepcopy__ = lambda self, _: copy.copy(self)


def operation(state, service, action):
    """botocore's model of what a state calls."""
    model = botocore.session.get_session().get_service_model(state._get_boto_service_name(service))
    wanted = state._get_boto_service_action(action)
    return next(model.operation_model(name) for name in model.operation_names if xform_name(name) == wanted)


# A state has names in PascalCase, whatever the API has. moto does not translate them:
# https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
def normalise_parameters(self, parameters, boto_service_name=None, service_action_name=None):
    self._to_boto_request(parameters, operation(self, boto_service_name, service_action_name).input_shape)


def normalise_response(self, response, boto_service_name=None, service_action_name=None):
    shape = operation(self, boto_service_name, service_action_name).output_shape
    if shape:
        self._from_boto_response(response, shape)
        response.update(json.loads(json.dumps(response, default=lambda moment: int(moment.timestamp() * 1000))))


StateTaskService._normalise_parameters = normalise_parameters
StateTaskService._normalise_response = normalise_response

# moto takes every end of a task for a success, AWS a start and 0 of each container:
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
state_task_service_callback.CustomErrorName = ErrorName  # Which may be one of AWS's own.
wait_for = StateTaskServiceEcs._build_sync_resolver


def wait_for_success(self, **arguments):
    ended = wait_for(self, **arguments)

    def outcome():
        task = ended()
        if not task or task["StopCode"] == "EssentialContainerExited" and not any(c.get("ExitCode") for c in task["Containers"]):
            return task
        return CallbackOutcomeFailure("", "States.TaskFailed", json.dumps(task, default=str, separators=(",", ":")))

    return outcome


StateTaskServiceEcs._build_sync_resolver = wait_for_success

# A task that ECS does not start is an answer with failures, which moto does not look for, or
# an error of ECS, which moto takes for one of its own.
start = StateTaskServiceEcs._eval_service_task


def start_or_fail(self, **arguments):
    try:
        start(self, **arguments)
    except IndexError:
        raise CallbackOutcomeFailureError(CallbackOutcomeFailure("", "AmazonECS.Unknown", "ECS started no task")) from None
    except ClientError as refusal:
        code = "ECS." + refusal.response["Error"]["Code"]
        raise CallbackOutcomeFailureError(CallbackOutcomeFailure("", code, refusal.response["Error"]["Message"])) from None


StateTaskServiceEcs._eval_service_task = start_or_fail

# Of the operator StringMatches, only * is a wildcard, and a backslash takes its meaning from it:
# https://states-language.net/#choice-state
def string_matches(variable, pattern):
    parts = re.findall(r"\\.|\*|[^\\*]+", pattern, re.DOTALL)
    expression = "".join(".*" if part == "*" else re.escape(part[1:] if part[0] == "\\" else part) for part in parts)
    return isinstance(variable, str) and re.fullmatch(expression, variable, re.DOTALL) is not None


StringMatches._compare = staticmethod(string_matches)

# moto has no history in reverse order.
history = StepFunctionResponse.get_execution_history


def history_in_order(self):
    found = history(self)
    if self._get_param("reverseOrder"):
        found.result["events"] = found.result["events"][::-1]
    return found


StepFunctionResponse.get_execution_history = history_in_order

moto.server.main(sys.argv[1:])
