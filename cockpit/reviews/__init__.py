"""The pages of reviews: they put themselves together from the rooms, and are kept when held."""
