"""Pure calculation of KPIs: no Django, no clock, no database."""
