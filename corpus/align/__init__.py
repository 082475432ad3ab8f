"""Pictures of a document matched with its sentences; numbers only, no text and no pixels."""
