"""A pay period on the screen: checklist, what is odd, comparison of runs, ledger, history."""
