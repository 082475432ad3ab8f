"""spark-submit entry point for a release: spark-submit jobs/publish.py s3://bucket/corpus --to s3://bucket/release"""

import sys

from corpus.cli import main

if __name__ == "__main__":
    sys.exit(main(["publish", *sys.argv[1:], "--spark"]))
