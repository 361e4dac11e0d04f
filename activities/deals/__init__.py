"""Open deals, and the page of one deal: its stages, and when it is planned to close."""
