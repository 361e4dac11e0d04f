"""What a period will bring: pure, without a database; see docs/algorithms/forecast.md."""
