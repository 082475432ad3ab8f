"""spark-submit entry point for one stage: spark-submit jobs/block_decisions.py --config run.toml"""

import sys

from corpus.cli import main

if __name__ == "__main__":
    sys.exit(main(["build", "--stage", "block_decisions", *sys.argv[1:]]))
