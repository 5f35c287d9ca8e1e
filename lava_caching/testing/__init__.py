"""Contract tests for what others add: a policy, a rule, a schedule, a device model, an engine or an experiment.

Plain functions of plain assertions, for any test runner. A test of a policy of one's own is one line,
``check_policy(my_policy)``; the toolkit holds its own to the very same functions.
"""

from lava_caching.testing._compare import differences
from lava_caching.testing.conformance import Trace, check_conformance, read_traces
from lava_caching.testing.devices import check_device
from lava_caching.testing.engines import check_engine, check_replay_engine
from lava_caching.testing.experiments import check_experiment
from lava_caching.testing.policies import check_policy
from lava_caching.testing.rules import check_rule
from lava_caching.testing.schedules import check_schedule

__all__ = [
    "Trace",
    "check_conformance",
    "check_device",
    "check_engine",
    "check_experiment",
    "check_policy",
    "check_replay_engine",
    "check_rule",
    "check_schedule",
    "differences",
    "read_traces",
]
