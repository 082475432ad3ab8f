"""A DAG of Airflow that builds a corpus stage by stage on EMR Serverless. Words in capitals are for you to fill in.

Needs apache-airflow-providers-amazon, and this repository on the PYTHONPATH of Airflow's workers. A stage that failed
is started again and goes on where the other ended; `corpus status`, with its exit codes, tells how far the build is.
"""

from airflow import DAG
from airflow.models.baseoperator import chain
from airflow.providers.amazon.aws.operators.emr import EmrServerlessStartJobOperator

from infra.state_machine import STAGES, job_run

SUBMISSION = (
    "--package", "s3://BUCKET/dist", "--config", "s3://BUCKET/dist/run.toml", "--models", "s3://BUCKET/models",
    "--region", "us-east-1", "--application", "APPLICATION", "--role", "ROLE", "--logs", "s3://BUCKET/logs/",
)  # fmt: skip
MINUTES_PER_STAGE = 7 * 24 * 60

with DAG("corpus_build", schedule=None, catchup=False) as dag:
    runs = {stage: job_run(stage, SUBMISSION) for stage in STAGES}
    chain(*(
        EmrServerlessStartJobOperator(
            task_id=stage,
            application_id=run["applicationId"],
            execution_role_arn=run["executionRoleArn"],
            job_driver=run["jobDriver"],
            configuration_overrides=run["configurationOverrides"],
            name=run["name"],
            retries=3,
            waiter_delay=60,
            waiter_max_attempts=MINUTES_PER_STAGE,
        )
        for stage, run in runs.items()
    ))  # fmt: skip
