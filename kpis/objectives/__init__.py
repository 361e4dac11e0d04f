"""Pages of objectives: the list, the agreement of two sides, the letter, the evaluation."""
