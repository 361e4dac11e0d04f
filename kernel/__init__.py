"""Pure words of the product: no Django, no clock, no database, no float."""
