# Image for Spark on Kubernetes without a cloud's Spark: Apache's own image, and beside its Spark a Python with our
# packages. Its Ubuntu 22.04 has Python 3.10, too old; python3.11 comes from its universe. Give hadoop-aws to reach
# s3:// (spark.jars.packages=org.apache.hadoop:hadoop-aws:3.3.4 for Spark 3.5): the image has none.
#   docker build -f infra/images/spark.Dockerfile -t REGISTRY/corpus-spark dist/
ARG BASE_IMAGE=apache/spark:3.5.6-java17
FROM ${BASE_IMAGE}

USER 0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3.11 python3.11-venv \
    && rm -rf /var/lib/apt/lists/*

COPY constraints.txt interleaved_corpus-*.whl /tmp/corpus/
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python3.11 -m venv /opt/corpus \
    && /opt/corpus/bin/pip install --no-cache-dir --constraint /tmp/corpus/constraints.txt \
       --index-url "${TORCH_INDEX}" --extra-index-url https://pypi.org/simple torch torchvision \
    && /opt/corpus/bin/pip install --no-cache-dir --constraint /tmp/corpus/constraints.txt \
       "$(echo /tmp/corpus/*.whl)[clip,hdfs]" pandas \
    && rm -rf /tmp/corpus
COPY --chmod=755 gpus.sh /opt/corpus/gpus.sh

ENV HF_HUB_OFFLINE=1 \
    TRANSFORMERS_OFFLINE=1
USER 185:185
