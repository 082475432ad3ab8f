"""spark-submit entry point for the whole build: spark-submit jobs/build.py --config run.toml"""

import sys

from corpus.cli import main

if __name__ == "__main__":
    sys.exit(main(["build", *sys.argv[1:]]))
