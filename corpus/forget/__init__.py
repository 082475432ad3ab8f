"""Forgetting: pages and pictures taken out of builds and releases, with a note that tells that, not what."""
