"""A person's statement: page, PDF, proof, words of its lines; projection and what-if."""
