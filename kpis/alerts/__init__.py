"""Figures that need a person: rules, alerts once per cause, messages, and what was done."""
