"""Why a figure moved: its change taken apart, and what it is compared with."""
