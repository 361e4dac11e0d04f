"""Plans on the screen: their pages, words, curves, versions, and what a version would have cost."""
