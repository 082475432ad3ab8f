"""spark-submit entry point for one stage: spark-submit jobs/document_groups.py --config run.toml"""

import sys

from corpus.cli import main

if __name__ == "__main__":
    sys.exit(main(["build", "--stage", "document_groups", *sys.argv[1:]]))
