"""Reviews: what a team or the company decides when it looks back on a week, a month, a quarter."""
