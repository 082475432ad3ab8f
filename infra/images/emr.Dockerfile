# Image for EMR Serverless and EMR on EKS: the release's own base, and beside its Spark a Python with our packages.
# The release brings Python 3.9, which is too old, so Python 3.11 of Amazon Linux stands in /opt/corpus. Spark, Hadoop,
# entry point and user stay the base's: EMR refuses images in which they are changed.
#   docker build -f infra/images/emr.Dockerfile -t corpus-emr dist/
#   docker build -f infra/images/emr.Dockerfile -t corpus-eks-gpu dist/ \
#     --build-arg BASE_IMAGE=public.ecr.aws/emr-on-eks/spark/emr-7.13.0:latest --build-arg TORCH_INDEX=https://pypi.org/simple
ARG BASE_IMAGE=public.ecr.aws/emr-serverless/spark/emr-7.13.0:latest
FROM ${BASE_IMAGE}

USER 0
# hadolint ignore=DL3041
RUN dnf install -y python3.11 python3.11-pip && dnf clean all

COPY constraints.txt interleaved_corpus-*.whl /tmp/corpus/
# torch for CPU lies in an index of its own; PyPI's brings CUDA, some gigabytes.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python3.11 -m venv /opt/corpus \
    && /opt/corpus/bin/pip install --no-cache-dir --constraint /tmp/corpus/constraints.txt \
       --index-url "${TORCH_INDEX}" --extra-index-url https://pypi.org/simple torch torchvision \
    && /opt/corpus/bin/pip install --no-cache-dir --constraint /tmp/corpus/constraints.txt \
       "$(echo /tmp/corpus/*.whl)[clip,hdfs]" pandas \
    && rm -rf /tmp/corpus
COPY --chmod=755 gpus.sh /opt/corpus/gpus.sh

ENV PYSPARK_PYTHON=/opt/corpus/bin/python \
    PYSPARK_DRIVER_PYTHON=/opt/corpus/bin/python \
    HF_HUB_OFFLINE=1 \
    TRANSFORMERS_OFFLINE=1
# hadolint ignore=DL3066
USER hadoop:hadoop
