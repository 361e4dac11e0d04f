"""Measures the product on servers of its own: `make bench`, or `python -m bench NAME ...`."""
