#!/usr/bin/env bash
# Tells Spark which GPUs this machine has, in the form that spark.executor.resource.gpu.discoveryScript asks for.
set -euo pipefail
addresses=$(nvidia-smi --query-gpu=index --format=csv,noheader | sed 's/.*/"&"/' | paste -sd, -)
printf '{"name": "gpu", "addresses": [%s]}\n' "$addresses"
