"""Kinds of activity: the list, one of one's own with its attributes."""
