"""spark-submit entry point for one stage: spark-submit jobs/page_screenings.py --config run.toml"""

import sys

from corpus.cli import main

if __name__ == "__main__":
    sys.exit(main(["build", "--stage", "page_screenings", *sys.argv[1:]]))
