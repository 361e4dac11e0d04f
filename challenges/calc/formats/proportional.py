"""Format 15, proportional share: a fixed pool is shared by each one's part of the total."""

from dataclasses import replace

from challenges.calc.formats.most import FORMAT as MOST
from kernel.issues import N_

FORMAT = replace(
    MOST,
    key="proportional_share",
    title=N_("Proportional share"),
    prizes=frozenset({"share"}),
)
