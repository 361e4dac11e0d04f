"""Who is credited with how much of a deal, over all payees of the inputs."""

from collections.abc import Iterator
from fractions import Fraction

from incentives.calc.facts import Inputs
from kernel.issues import N_, Issue, warning
from kernel.numbers import as_text


def double_credits(inputs: Inputs) -> Iterator[Issue]:
    """A warning for each deal of several payees whose shares do not make the whole deal.

    Credits that the inputs declare as double stand beside the shares and are not added up. A deal
    of one payee is not judged: the others may not be in these inputs.
    """
    shares: dict[str, list[Fraction]] = {}
    for payee in inputs.payees:
        if not payee.in_shares:
            continue
        for credit in payee.credits:
            if not credit.double:
                shares.setdefault(credit.id, []).append(credit.share)
    for credit_id, found in sorted(shares.items()):
        total = sum(found, Fraction(0))
        if len(found) > 1 and total != 1:
            yield warning(
                "inputs.shares_sum",
                N_("The shares of the deal {credit} add up to {total} %, not to 100 %."),
                N_("Correct the shares, or declare overlays with `double_credit: true`."),
                credit=credit_id,
                total=as_text(total * 100),
            )
