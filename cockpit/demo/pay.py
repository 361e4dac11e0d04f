"""Plans, and pay periods in every state: exported, waiting for approval, open."""

from datetime import date
from pathlib import Path

from cockpit.demo.cast import month_start
from cockpit.demo.notices import tell_rules
from incentives import services as pay
from people.models import User

PLANS = Path(__file__).parent / "plans"
PAYROLL = Path(__file__).parent / "payroll.yaml"
ROLES = {"ae": "ae", "sdr": "sdr", "manager": "manager"}
MONTHS_PAID = 3
SIGNED = "Vu avec chacun ; rien à redire."
UNSIGNED = "Les autres responsables ont donné leur accord de vive voix."


def load_plans(admin: User, first: date) -> None:
    """Publish the three plans, valid from the first month, and give each to its role."""
    for role, file in ROLES.items():
        text = (PLANS / f"{file}.yaml").read_text(encoding="utf-8")
        version = pay.save_plan(actor=admin, document=text, valid_from=first)
        pay.publish_plan(actor=admin, version_id=version.pk)
        pay.assign_plan(actor=admin, plan_key=version.plan.key, role_key=role, valid_from=first)


def pay_months(
    runs: User, approves: User, manager: User, today: date, unread: frozenset[str]
) -> None:
    """The months before the last one are exported, the last one awaits approval, this is open.

    One manager has signed the figures of the team; HR went on without the others. The payroll reads
    a template of the company's own. The employee numbers of `unread` have not confirmed the rules
    of the running month.
    """
    pay.save_template(actor=runs, document=PAYROLL.read_text(encoding="utf-8"))
    for back in range(MONTHS_PAID, 0, -1):
        period = pay.open_period(actor=runs, kind="month", day=month_start(today, -back))
        tell_rules(runs, period.pk, period.starts_on, frozenset())
        calculate(period.pk, runs)
        pay.sign_off_team(actor=manager, period_id=period.pk, comment=SIGNED if back == 1 else "")
        pay.review_period(actor=runs, period_id=period.pk, reason=UNSIGNED)
        if back > 1:
            pay.approve_period(actor=approves, period_id=period.pk)
            pay.lock_period(actor=approves, period_id=period.pk)
            pay.export_period(actor=approves, period_id=period.pk, template="neutral-csv")
    running = pay.open_period(actor=runs, kind="month", day=today)
    tell_rules(runs, running.pk, running.starts_on, unread)


def calculate(period_id: int, actor: User) -> None:
    """Run a period here and now, instead of in a worker."""
    run = pay.start_run(actor=actor, period_id=period_id)
    pay.calculate_run(run_id=run.pk)
    # a block finishes its run after the commit, and the demo is one transaction
    pay.finish_run(run_id=run.pk)
