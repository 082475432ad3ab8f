"""AWS as moto imitates it, on a port of the loopback: python infra/checks/moto_server.py PORT."""

from __future__ import annotations

import sys

import moto.emrserverless.models
from moto.server import main

# Terraform waits for a new application to be CREATED, which is what AWS says; moto says STARTED at once.
moto.emrserverless.models.APPLICATION_STATUS = "CREATED"

if __name__ == "__main__":
    main(["--host", "127.0.0.1", "--port", sys.argv[1]])
