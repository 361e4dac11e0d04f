"""Format 14, ranking with pot: a share of everyone's total is split between the first places."""

from dataclasses import replace

from challenges.calc.formats.most import FORMAT as MOST
from kernel.issues import N_

FORMAT = replace(
    MOST,
    key="ranking_with_pot",
    title=N_("Ranking with pot"),
    prizes=frozenset({"pot"}),
)
