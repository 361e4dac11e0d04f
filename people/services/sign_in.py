"""Sign-ins: who has one, with which rights of office, in which language."""

from collections.abc import Collection
from functools import partial

from celery import current_app
from django.db import transaction

from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error, refuse_errors
from people.models import Person, Right, User
from people.services.organisation import language_issues


@transaction.atomic
def create_user(
    *,
    actor: User | None,
    email: str,
    person: Person | None = None,
    language: str = "fr",
    rights: Collection[str] = (),
    password: str | None = None,
) -> User:
    """A sign-in. Without a password nobody can use it until `invite` has been followed.

    `Invalid` when the address or the person has one already, or a right does not exist.
    """
    transaction_lock("users")
    email = email.strip().lower()
    refuse_errors(
        [
            *_email_issues(email),
            *_person_issues(person),
            *_right_issues(rights),
            *language_issues(language),
        ]
    )
    user = User.objects.create_user(
        email, password, person=person, language=language, rights=sorted(set(rights))
    )
    audit.record(actor=actor, action="user.create", subject=user, after=audit.snapshot(user))
    return user


@transaction.atomic
def invite(*, actor: User | None, user: User) -> None:
    """Send the link by which `user` sets a password; by mail from a worker, after commit."""
    if not user.is_active:
        raise Invalid(_inactive(user))
    audit.record(actor=actor, action="user.invite", subject=user)
    transaction.on_commit(partial(_send_invitation, user.pk), robust=True)


def _send_invitation(user_id: int) -> None:
    # a queue that does not answer is logged by on_commit; the page offers to invite again
    current_app.send_task("people.send_invitation", args=[user_id], retry=False)


@transaction.atomic
def grant_rights(*, actor: User | None, user: User, rights: Collection[str]) -> User:
    """Replace the rights of office of `user`. Nobody grants rights to themselves."""
    transaction_lock("user", user.pk)
    refuse_errors([*_own_rights_issues(actor, user), *_right_issues(rights)])
    before = audit.snapshot(user)
    user.rights = sorted(set(rights))
    user.save(update_fields=["rights"])
    after = audit.snapshot(user)
    audit.record(actor=actor, action="user.grant", subject=user, before=before, after=after)
    return user


@transaction.atomic
def set_active(*, actor: User | None, user: User, is_active: bool) -> User:
    """Open or close a sign-in; a closed one is signed out at its next request."""
    transaction_lock("user", user.pk)
    if actor is not None and actor.pk == user.pk and not is_active:
        raise Invalid(_own_closing())
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    action = "user.open" if is_active else "user.close"
    audit.record(actor=actor, action=action, subject=user)
    return user


@transaction.atomic
def set_language(*, actor: User, language: str) -> User:
    """The language in which `actor` reads the product."""
    refuse_errors(language_issues(language))
    before = {"language": actor.language}
    actor.language = language
    actor.save(update_fields=["language"])
    audit.record(
        actor=actor,
        action="user.language",
        subject=actor,
        before=before,
        after={"language": language},
    )
    return actor


# --- what is refused ---------------------------------------------------------------------------


def _email_issues(email: str) -> list[Issue]:
    if "@" not in email:
        return [
            error(
                "user.no_email",
                N_('"{email}" is not an e-mail address.'),
                N_("Write the address with which they will sign in."),
                Place(path="email"),
                email=email,
            )
        ]
    if User.objects.filter(email=email).exists():
        return [
            error(
                "user.email_taken",
                N_('"{email}" has a sign-in already.'),
                N_("Use another address, or change the rights of that sign-in."),
                Place(path="email"),
                email=email,
            )
        ]
    return []


def _person_issues(person: Person | None) -> list[Issue]:
    if person is None or not User.objects.filter(person=person).exists():
        return []
    return [
        error(
            "user.person_taken",
            N_("{name} has a sign-in already."),
            N_("Change that one."),
            Place(path="person"),
            name=person.name,
        )
    ]


def _right_issues(rights: Collection[str]) -> list[Issue]:
    return [
        error(
            "user.unknown_right",
            N_('"{right}" is not a right.'),
            N_("Use some of {known}."),
            Place(path="rights"),
            right=right,
            known=", ".join(Right.values),
        )
        for right in rights
        if right not in Right.values
    ]


def _own_rights_issues(actor: User | None, user: User) -> list[Issue]:
    if actor is None or actor.pk != user.pk:
        return []
    return [
        error(
            "user.own_rights",
            N_("Nobody changes their own rights."),
            N_("Ask another administrator."),
            Place(path="rights"),
        )
    ]


def _own_closing() -> Issue:
    return error(
        "user.own_closing",
        N_("Nobody closes their own sign-in."),
        N_("Ask another administrator."),
    )


def _inactive(user: User) -> Issue:
    return error(
        "user.inactive",
        N_('The sign-in "{email}" is closed.'),
        N_("Open it first."),
        email=user.email,
    )
