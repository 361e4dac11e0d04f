"""Documents that are printed: Typst templates, filled with data and never with markup."""
