"""Proofs of statements: one file that anybody can recompute without this product's database."""
