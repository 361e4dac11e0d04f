"""Blocks: what counts for a run, by neighbouring payees, so that runs share what did not change."""

import pgtrigger
from django.db import models

from incentives.models.guards import APPEND_ONLY
from incentives.models.periods import Run
from incentives.models.statements import Statement

BLOCK = 50
"""People per block, by their id: memory stays flat and progress moves, however many there are.

Kept blocks are numbered by it, so whoever changes it numbers them again."""
CORRECTIONS = -1
"""The number of the block of the statements that correct earlier periods."""

_ENDED = (
    "IF EXISTS (SELECT 1 FROM incentives_block b JOIN incentives_run r ON r.id = b.run_id"
    " WHERE b.id = NEW.block_id AND r.state <> 'running')"
    " THEN RAISE EXCEPTION 'pgtrigger: the run has ended'; END IF; RETURN NEW;"
)
_LOCKED = (
    "IF EXISTS (SELECT 1 FROM incentives_run WHERE id = NEW.run_id AND locked)"
    " THEN RAISE EXCEPTION 'pgtrigger: the run is locked'; END IF; RETURN NEW;"
)


class Block(models.Model):
    """The people with ids from `number * BLOCK` on, as `run` found them: so many payees.

    Only that run fills it. Later runs of the period count it as it is, where nothing in it is
    touched.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="filled")
    number = models.BigIntegerField()
    payees = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="block_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class BlockStatement(models.Model):
    """A statement stands in a block. Nothing is added once the run that fills it has ended."""

    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="held")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="held")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["block", "statement"], name="block_statement_once")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=APPEND_ONLY),
            pgtrigger.Trigger(
                name="ended_stays",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=_ENDED,
            ),
        ]


class RunBlock(models.Model):
    """A block counts for a run. Nothing changes here any more once the run is locked."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="blocks")
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="shared")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "block"], name="run_block_once")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=APPEND_ONLY),
            pgtrigger.Trigger(
                name="locked_stays",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=_LOCKED,
            ),
        ]


class RunStatement(models.Model):
    """A statement counts for a run: a view over the blocks of the run, to be read only."""

    run = models.ForeignKey(Run, on_delete=models.DO_NOTHING, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.DO_NOTHING, related_name="+")

    class Meta:
        managed = False
