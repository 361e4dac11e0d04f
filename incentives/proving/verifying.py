"""Checking a proof without the database: the file, its hashes, and the calculation done again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from json import loads
from typing import Any

from incentives.calc import ENGINE, Plan, published_plan
from incentives.proving.bundles import ADJUSTMENTS, INPUTS, PLAN, RESULT, Bundle, unpacked
from incentives.statements.results import difference_to, result_of
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.trace import to_bytes

WHOLE = N_("the file is byte for byte as a proof is written")
HASHES = N_("each part has the SHA-256 that the manifest states")
PRINTED = N_("the manifest has the digest that is printed on the statement")
ENGINE_KNOWN = N_("the engine is the one that made the statement")
STATED = N_("the manifest says what the plan, the inputs and the result say")
RESULT_SAME = N_("plan and inputs give this result again: lines, total, ledger")
TRACE_SAME = N_("plan and inputs give this trace again, step by step")
CHECKS: Mapping[str, str] = {
    "file": WHOLE,
    "hashes": HASHES,
    "printed": PRINTED,
    "engine": ENGINE_KNOWN,
    "statement": STATED,
    "result": RESULT_SAME,
    "trace": TRACE_SAME,
}
UNPRINTED = N_(
    "Without --digest, a file that somebody made anew as a whole, with other amounts and matching "
    "hashes, cannot be told from the true one: compare the digest with the printed one."
)
# what documents that nobody has vetted may make the calculation raise
_NOT_CALCULABLE = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `passed` None: it could not be, or need not be."""

    code: str
    passed: bool | None
    issue: Issue | None = None

    @property
    def label(self) -> str:
        """What holds when it passes, an English template."""
        return CHECKS[self.code]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the checks, in their order."""

    checks: tuple[Check, ...]
    bundle: Bundle | None
    same_amounts: bool | None = None
    """Of a statement that another engine made: whether this one gives the same lines and total."""

    @property
    def verified(self) -> bool:
        """Whether everything holds; only the printed digest may be left out."""
        return all(one.passed or (one.code == "printed" and one.passed is None)
                   for one in self.checks)  # fmt: skip

    @property
    def is_compared(self) -> bool:
        """Whether the digest was compared with the printed one."""
        return any(one.code == "printed" and one.passed for one in self.checks)

    def as_json(self) -> dict[str, object]:
        """Plain data for programs."""
        known = self.bundle
        return {
            "verified": self.verified,
            "digest": known.digest if known else None,
            "compared_with_printed_digest": self.is_compared,
            "engine": known.manifest.get("engine") if known else None,
            "statement": known.manifest.get("statement") if known else None,
            "checks": [
                {"check": one.code, "passed": one.passed, "says": one.label}
                | ({"issue": one.issue.as_json()} if one.issue else {})
                for one in self.checks
            ],
            "same_amounts_by_this_engine": self.same_amounts,
            "note": "" if self.is_compared else UNPRINTED,
        }


def verify(data: bytes, *, printed: str | None = None) -> Report:
    """Check a proof; `printed` is the digest that stands on the statement, in any grouping.

    Reads nothing but `data`. Never raises for what is in it: each refusal is an issue.
    """
    try:
        bundle = unpacked(data)
    except Invalid as invalid:
        return _report(None, [Check("file", False, invalid.issues[0])])
    return _report(bundle, _checked(bundle, printed))


def _report(bundle: Bundle | None, found: "Iterator[Check] | list[Check]") -> Report:
    """All checks in order: those after a failure that stops the work were not made."""
    made = {one.code: one for one in found}
    by_other = "engine" in made and not made["engine"].passed
    same = _same_amounts(bundle) if bundle is not None and by_other else None
    return Report(tuple(made.get(code, Check(code, None)) for code in CHECKS), bundle, same)


def _same_amounts(bundle: Bundle) -> bool | None:
    """Whether this engine pays what another one paid; None when it cannot calculate it."""
    try:
        result = _canonical(bundle, RESULT)
        again = _again(bundle, published_plan(bundle.files[PLAN].decode()), result)
        return _amounts(again) == _amounts(result)
    except (Invalid, *_NOT_CALCULABLE):
        return None


def _amounts(result: Mapping[str, Any]) -> object:
    lines = [(line["component"], line["amount_minor"]) for line in result["lines"]]
    return lines, result["total_minor"]


def _checked(bundle: Bundle, printed: str | None) -> Iterator[Check]:
    yield Check("file", True)
    if printed is not None:
        yield _printed(bundle, printed)
    issue = _wrong_hash(bundle)
    yield Check("hashes", issue is None, issue)
    if issue is not None:
        return
    issue = _other_engine(bundle)
    yield Check("engine", issue is None, issue)
    if issue is not None:
        return
    try:
        yield from _recalculated(bundle)
    except Invalid as invalid:
        yield Check("result", False, invalid.issues[0])
    except _NOT_CALCULABLE:
        yield Check("result", False, _not_calculable())


def _printed(bundle: Bundle, printed: str) -> Check:
    same = "".join(printed.split()).lower() == bundle.digest
    issue = error(
        "proof.other_digest",
        N_("The digest of this file is {found}, not the printed one."),
        N_("This is not the proof of the printed statement: ask for it again."),
        found=bundle.digest,
    )
    return Check("printed", same, None if same else issue)


def _wrong_hash(bundle: Bundle) -> Issue | None:
    stated = bundle.manifest.get("files")
    real = {name: sha256(content).hexdigest() for name, content in bundle.files.items()}
    if stated == real:
        return None
    known = stated if isinstance(stated, Mapping) else {}
    wrong = next((name for name in real if known.get(name) != real[name]), "")
    return error(
        "proof.other_hash",
        N_("{name} is not the file that the manifest states: it has been changed."),
        N_("Ask for the proof again, and check the file as it was handed over."),
        Place(file=wrong or None),
        name=wrong or "manifest.json",
    )


def _other_engine(bundle: Bundle) -> Issue | None:
    stated = bundle.manifest.get("engine")
    if stated == ENGINE:
        return None
    return error(
        "proof.other_engine",
        N_("The statement was made by engine {found}; this is engine {known}."),
        N_("Check it with a version of the product that has engine {found}. The files are whole."),
        found=str(stated),
        known=ENGINE,
    )


# --- the calculation again -----------------------------------------------------------------------


def _recalculated(bundle: Bundle) -> Iterator[Check]:
    plan = published_plan(bundle.files[PLAN].decode(), file=PLAN)
    inputs, result = _canonical(bundle, INPUTS), _canonical(bundle, RESULT)
    facts = bundle.manifest["statement"]
    wrong = _misstated(facts, plan, inputs, result) or _misadjusted(facts, bundle)
    yield Check("statement", wrong is None, wrong)
    if wrong is not None:
        return
    again = _again(bundle, plan, result)
    yield _compared("trace", again.pop("trace"), result.pop("trace", None))
    yield _compared("result", again, result)


def _again(bundle: Bundle, plan: Plan, result: Mapping[str, Any]) -> dict[str, Any]:
    """The result as this engine gives it for the plan and the inputs of the bundle."""
    facts = bundle.manifest["statement"]
    again = result_of(plan, _canonical(bundle, INPUTS), int(facts["person"]))
    if facts["corrects"] is None:
        return again
    return difference_to(again, _whole_numbers(result["paid_minor"]))


def _canonical(bundle: Bundle, name: str) -> dict[str, Any]:
    """A document of the bundle; `Invalid` unless it is an object in its canonical bytes."""
    content = bundle.files[name]
    found = loads(content)
    if isinstance(found, dict) and to_bytes(found) == content:
        return found
    raise Invalid(
        error(
            "proof.not_canonical",
            N_("{name} is not written as a proof writes it."),
            N_("Ask for the proof again, and check the file as it was handed over."),
            Place(file=name),
            name=name,
        )
    )


def _whole_numbers(values: Mapping[str, Any]) -> dict[str, int]:
    if any(type(value) is not int for value in values.values()):
        raise TypeError("amounts are whole numbers of minor units")
    return dict(values)


def _misstated(
    facts: Mapping[str, Any], plan: Plan, inputs: Mapping[str, Any], result: Mapping[str, Any]
) -> Issue | None:
    """The first thing that the manifest says otherwise than the documents."""
    period = facts["period"]
    pairs = {
        "person": (facts["person"], inputs["payees"][0]["id"]),
        "period": (f"{period['start']}/{period['end']}", inputs["period"]),
        "plan": (facts["plan"]["key"], plan.key),
        "currency": (facts["currency"], result["currency"]),
        "total_minor": (facts["total_minor"], result["total_minor"]),
        "corrects": (facts["corrects"] is not None, "paid_minor" in result),
    }
    for name, (said, found) in pairs.items():
        if said != found or type(said) is not type(found):
            return error(
                "proof.misstated",
                N_("The manifest says of {name}: {said}; the documents say: {found}."),
                N_("The file was put together from parts of different statements."),
                Place(file="manifest.json", path=f"statement.{name}"),
                name=name,
                said=str(said),
                found=str(found),
            )
    return None


def _misadjusted(facts: Mapping[str, Any], bundle: Bundle) -> Issue | None:
    """What is wrong with the amounts that people added by hand: not told, or not so approved."""
    told = facts.get("adjusted_minor")
    if ADJUSTMENTS not in bundle.files:
        return None if told is None else _not_adjusted("adjusted_minor")
    document = _canonical(bundle, ADJUSTMENTS)
    rows = document["adjustments"]
    amounts = _whole_numbers({str(row["id"]): row["amount_minor"] for row in rows})
    if type(told) is not int or len(amounts) != len(rows) or sum(amounts.values()) != told:
        return _not_adjusted("adjusted_minor")
    for row in rows:
        if (row["person"], row["paid_in"]) != (facts["person"], facts["paid_in"]):
            return _not_adjusted(f"adjustment {row['id']}")
        if row["currency"] != facts["currency"] or row["approved_by"] in (None, row["entered_by"]):
            return _not_adjusted(f"adjustment {row['id']}")
    return None


def _not_adjusted(name: str) -> Issue:
    return error(
        "proof.misadjusted",
        N_("The amounts added by hand do not fit this statement: {name}."),
        N_("The file was put together from parts of different statements."),
        Place(file=ADJUSTMENTS),
        name=name,
    )


def _compared(code: str, again: object, stated: object) -> Check:
    if to_bytes(again) == to_bytes(stated):
        return Check(code, True)
    path, ours, theirs = _first_difference("", again, stated)
    return Check(
        code,
        False,
        error(
            "proof.other_result",
            N_("At {path} the calculation gives {ours}; the file says {theirs}."),
            N_("The result does not follow from the plan and the inputs of this file."),
            Place(file=RESULT, path=path),
            path=path or "/",
            ours=ours,
            theirs=theirs,
        ),
    )


def _first_difference(path: str, ours: object, theirs: object) -> tuple[str, str, str]:
    """The first place, in order of keys, where two plain values differ."""
    match ours, theirs:
        case dict(), dict():
            for key in sorted(ours.keys() | theirs.keys()):
                one, other = ours.get(key), theirs.get(key)
                if one != other:
                    return _first_difference(f"{path}.{key}" if path else key, one, other)
        case list(), list() if len(ours) == len(theirs):
            for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
                if one != other:
                    return _first_difference(f"{path}[{number}]", one, other)
    return path, to_bytes(ours).decode(), to_bytes(theirs).decode()


def _not_calculable() -> Issue:
    return error(
        "proof.not_calculable",
        N_("The plan and the inputs of this file cannot be calculated."),
        N_("Ask for the proof again, and check the file as it was handed over."),
    )
