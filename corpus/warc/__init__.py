"""WARC and ARC files: finding them, opening them, reading their records."""
