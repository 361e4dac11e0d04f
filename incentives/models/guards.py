"""What the database itself refuses."""

import pgtrigger

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete
