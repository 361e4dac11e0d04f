"""The scenarios: one module each, with a `run(scale)` that yields figures."""
