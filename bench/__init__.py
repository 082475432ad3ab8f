"""Times of the stages on this machine, each beside a plain way of doing the same: `python -m bench`."""
