"""Looking at a build page by page in a browser, on this machine alone."""
