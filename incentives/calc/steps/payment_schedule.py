"""Payment schedule: fractions of each deal's amount at events, the cents on the last."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from incentives.calc.facts import Event, OpenItem
from incentives.calc.fields import Block, Field, ListOf, Number, Text
from incentives.calc.mechanic import Mechanic
from incentives.calc.months import months_after
from incentives.calc.reader import Reader
from incentives.calc.settling import valid_of
from incentives.calc.state import Outcome, State
from incentives.calc.steps.holdback import BASE
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_
from kernel.numbers import as_text, round_integer

SIGNATURE, COLLECTED = "signature", "collected"


@dataclass(frozen=True, slots=True)
class Instalment:
    """A share that is due ``after_months`` from an event: the signature, a milestone, the money."""

    share: Fraction
    at: str
    after_months: Fraction

    def due(self, deal: OpenItem, day: date) -> bool:
        """Whether it is due by a day."""
        if self.at == COLLECTED:
            return deal.collected >= valid_of(deal) > 0
        start = deal.since if self.at == SIGNATURE else deal.reached.get(self.at)
        return start is not None and months_after(start, int(self.after_months)) <= day


@dataclass(frozen=True, slots=True)
class PaymentSchedule:
    """Each instalment is rounded half-up; the one that completes the deal pays the rest.

    A negative amount (a credit note) is taken at once.
    """

    parts: tuple[Instalment, ...]
    base: str | None

    @property
    def waits(self) -> str:
        """The word that open items carry."""
        return "scheduled"

    @property
    def milestones(self) -> frozenset[str]:
        """The names that its parts wait for."""
        return frozenset(part.at for part in self.parts)

    def apply(self, state: State) -> Outcome:
        trace = told(
            "payment_schedule",
            N_("each deal is paid in {count} parts: {parts}"),
            None,
            count=len(self.parts),
            parts="; ".join(_words(part) for part in self.parts),
        )
        return replace(state, rules=state.rules.timed(self, self.base)), trace

    def split(self, amount: int, deal: OpenItem, day: date) -> tuple[int, int]:
        """What is due of an amount by a day; the rest waits."""
        if amount <= 0:
            return amount, 0
        reached = [part for part in self.parts if part.due(deal, day)]
        if len(reached) == len(self.parts):
            return amount, 0
        due = min(sum(round_integer(amount * part.share) for part in reached), amount)
        return due, amount - due

    def counts(self, deal: OpenItem, event: Event) -> bool:
        """Every event counts, whenever it comes."""
        return True


def _words(part: Instalment) -> str:
    later = f" + {as_text(part.after_months)}" if part.after_months else ""
    return f"{as_text(part.share * 100)} % {part.at}{later}"


def _check(reader: Reader, step: PaymentSchedule, path: str) -> None:
    total = sum((part.share for part in step.parts), Fraction(0))
    if total != 1:
        reader.error(
            joined(path, "parts"),
            "plan.schedule_sum",
            N_("The parts add up to {total} %, not to 100 %."),
            N_("Change the shares so that they add up to 100 %."),
            total=as_text(total * 100),
        )
    for number, part in enumerate(step.parts):
        if part.at == COLLECTED and part.after_months:
            reader.error(
                joined(joined(joined(path, "parts"), number), "after_months"),
                "plan.schedule_collected",
                N_("Months after the money has come cannot be counted."),
                N_("Remove `after_months`, or name a milestone in `at`."),
            )


MECHANIC = Mechanic(
    key="payment_schedule",
    make=PaymentSchedule,
    fields=(
        Field(
            "parts",
            ListOf(
                Block(
                    (
                        Field("share", Number(Fraction(0), strict=True), "the part, 50 %"),
                        Field(
                            "at",
                            Text(),
                            "`signature` (the closing), `collected` (all of it), or a milestone",
                            SIGNATURE,
                        ),
                        Field(
                            "after_months",
                            Number(Fraction(0), whole=True),
                            "so many months later",
                            Fraction(0),
                        ),
                    ),
                    Instalment,
                )
            ),
            "the parts, all together 100 %",
        ),
        BASE,
    ),
    kind="settles",
    summary=N_("fractions of each deal's amount at events"),
    title=N_("Payment schedule"),
    sentence=N_("Each deal is paid in parts:"),
    check=_check,
)
