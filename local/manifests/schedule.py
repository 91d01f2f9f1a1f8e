"""When a PingSource is due: five cron fields or a name for them, as robfig/cron reads them for Knative.

And `@every` with a duration, which a cluster refuses: for tests that cannot wait for a minute.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_EVERY = re.compile(r"@every (?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = 5


def checked(schedule: str) -> str:
    """The schedule itself. Raises ValueError, which says what to write."""
    try:
        if not _every(schedule):
            CronSim(_fields(schedule), datetime(2026, 1, 1))  # noqa: DTZ001  # only its fields are looked at
    except CronSimError as error:
        raise ValueError(f"{schedule!r} is no schedule ({error}); write */5 * * * * or @hourly") from error
    return schedule


def seconds_until_next(schedule: str, timezone: str, now: datetime) -> float:
    """From `now` to the next time it is due."""
    if every := _every(schedule):
        return every.total_seconds()
    return (next(CronSim(_fields(schedule), now.astimezone(ZoneInfo(timezone)))) - now).total_seconds()


def _fields(schedule: str) -> str:
    fields = _NAMED.get(schedule, schedule)
    if len(fields.split()) != _FIELDS:
        raise CronSimError("it has no five fields, of which the first is minutes")
    return fields


def _every(schedule: str) -> timedelta | None:
    if not (found := _EVERY.fullmatch(schedule)):
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) or None
