"""The demo company: invented, the same for the same day, with stories to find in its figures."""
