"""spark-submit entry point for one stage: spark-submit jobs/image_kinds.py --config run.toml"""

import sys

from corpus.cli import main

if __name__ == "__main__":
    sys.exit(main(["build", "--stage", "image_kinds", *sys.argv[1:]]))
