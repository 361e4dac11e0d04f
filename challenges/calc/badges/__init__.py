"""Badges, streaks, jerseys and levels: pure functions of rules, records, roster and calendar."""
