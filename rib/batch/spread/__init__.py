"""The analyses of many dumps, spread over processes or a cluster (docs/scale.md).

Every dump is read by one task, which cuts its routes into shares by prefix. One task for each share joins
the routes of all dumps, measures the prefixes, counts what makes a full feed, and cuts what it has into shares
by origin AS. One task for each of those measures the origins. What goes from task to task are Arrow
tables of ids and labels; who carries them, and where a task runs, is the affair of an `Executor`.
"""

from rib.batch.spread.executors import Executor, Task
from rib.batch.spread.job import analyse
from rib.batch.spread.local import Local

__all__ = ["Executor", "Local", "Task", "analyse"]
