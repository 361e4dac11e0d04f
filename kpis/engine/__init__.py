"""The one generator of SQL: metric definitions in, exact grouped figures out."""
