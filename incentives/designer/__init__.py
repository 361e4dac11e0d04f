"""The plan designer: a plan's document and a form, both the same thing, side by side."""
