"""The dictionary: what is measured and how, formulas with a preview, KPIs of one's own."""
