# Any of the images with model weights baked in, so that tasks read them from local disk and start offline. Before:
#   corpus models pull ViT-L-14/openai --store dist/models
#   docker build -f infra/images/models.Dockerfile --build-arg IMAGE=corpus-emr -t corpus-emr-models dist/
# The build fails when a file is not what its sha256 says. Without it, mount the folder or give its URI as --models.
ARG IMAGE
# hadolint ignore=DL3006
FROM ${IMAGE}
COPY --chmod=a+rX models /opt/models
ENV CORPUS_MODELS=/opt/models
RUN /opt/corpus/bin/corpus models verify
