"""Every KPI of the dictionary in SQL of its own, beside what the engine answers."""
