"""Sums and reports over pay: for HR, for the direction, for a manager's own people."""
