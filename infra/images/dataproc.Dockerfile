# Image for Dataproc Serverless: no Spark and no Java inside, the runtime mounts its own; user `spark` with uid and gid
# 1099; procps and tini are asked for by its start script. Store it in Artifact Registry of the same region.
#   docker build -f infra/images/dataproc.Dockerfile -t REGION-docker.pkg.dev/PROJECT/corpus/corpus dist/
#   ... --build-arg TORCH_INDEX=https://pypi.org/simple     for executors with a GPU
ARG BASE_IMAGE=debian:12-slim
FROM ${BASE_IMAGE}

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends procps tini python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 1099 spark \
    && useradd --uid 1099 --gid 1099 --create-home --home-dir /home/spark --shell /bin/bash spark

COPY constraints.txt interleaved_corpus-*.whl /tmp/corpus/
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python3 -m venv /opt/corpus \
    && /opt/corpus/bin/pip install --no-cache-dir --constraint /tmp/corpus/constraints.txt \
       --index-url "${TORCH_INDEX}" --extra-index-url https://pypi.org/simple torch torchvision \
    && /opt/corpus/bin/pip install --no-cache-dir --constraint /tmp/corpus/constraints.txt \
       "$(echo /tmp/corpus/*.whl)[clip,hdfs]" pandas \
    && rm -rf /tmp/corpus

ENV PYSPARK_PYTHON=/opt/corpus/bin/python \
    HF_HUB_OFFLINE=1 \
    TRANSFORMERS_OFFLINE=1
USER 1099:1099
