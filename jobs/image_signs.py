"""spark-submit entry point for one stage: spark-submit jobs/image_signs.py --config run.toml"""

import sys

from corpus.cli import main

if __name__ == "__main__":
    sys.exit(main(["build", "--stage", "image_signs", *sys.argv[1:]]))
