"""Payroll files and their templates on the screen; the files themselves: `incentives.payroll`."""
