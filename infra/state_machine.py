"""`python -m infra.state_machine`: a state machine of AWS Step Functions that builds stage by stage on EMR Serverless.

Goes in: what `python -m infra.submit submit emr-serverless` takes, but for the stage. Comes out: the machine in Amazon
States Language, each stage a job run that is waited for, and that is started again when it failed: it goes on where the
other ended. The same job runs serve other schedulers (infra/airflow).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from infra.profiles import PROFILES, WHOLE_BUILD
from infra.submit import parse, places_of, submission

DOWNLOAD = "images"
STAGES = tuple(name for name in PROFILES if name not in (WHOLE_BUILD, "publish"))
RETRY = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 60, "MaxAttempts": 3, "BackoffRate": 2.0}


def job_run(stage: str, words: Sequence[str]) -> dict[str, Any]:
    """A job run of EMR Serverless as its API names it (applicationId, executionRoleArn, name, jobDriver,
    configurationOverrides). The stage that talks to the web has the role `download_role`, where places name one.
    ValueError says what is missing."""
    options = parse(["submit", "emr-serverless", "--stage", stage, *words])
    role = places_of(options).get("download_role")
    if stage == DOWNLOAD and role:
        options.role = role
    command = submission(options)
    told = dict(zip(command[3::2], command[4::2], strict=True))
    return {
        "applicationId": told["--application-id"],
        "executionRoleArn": told["--execution-role-arn"],
        "name": told["--name"],
        "jobDriver": json.loads(told["--job-driver"]),
        "configurationOverrides": json.loads(told["--configuration-overrides"]),
    }


def state_machine(words: Sequence[str]) -> dict[str, Any]:
    """One state per stage, in the order in which they are made."""
    following = dict(pairwise(STAGES))
    states = {}
    for stage in STAGES:
        states[stage] = {
            "Type": "Task",
            "Resource": "arn:aws:states:::emr-serverless:startJobRun.sync",
            "Parameters": capitalised(job_run(stage, words)),
            "ResultPath": None,
            "Retry": [RETRY],
            **({"Next": following[stage]} if stage in following else {"End": True}),
        }
    return {"Comment": "interleaved-corpus", "StartAt": STAGES[0], "States": states}


def capitalised(value: Any) -> Any:
    """The keys of an API's request as Step Functions writes them."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: capitalised(each) for key, each in value.items()}
    return [capitalised(each) for each in value] if isinstance(value, list) else value


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; 2 and one sentence when something is missing."""
    try:
        machine = state_machine(sys.argv[1:] if arguments is None else arguments)
    except ValueError as error:
        print(f"state_machine: {error}", file=sys.stderr)
        return 2
    print(json.dumps(machine, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
