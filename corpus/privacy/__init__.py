"""Privacy: personal data and secrets in texts, found and replaced."""
