"""Pages: from the bytes of an HTML response to sentences, blocks and image references."""
