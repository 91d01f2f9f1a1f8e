"""Schedules of PingSources: five cron fields or a name for them, as in robfig/cron, which Knative uses.

`@every` with a duration is accepted too, although a cluster rejects it: some tests cannot wait for a minute.
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


def validate_schedule(schedule: str) -> str:
    """Return the schedule unchanged. Raise ValueError, with an example, if it is not valid."""
    try:
        if not _parse_interval(schedule):
            CronSim(_normalize_fields(schedule), datetime(2026, 1, 1))  # noqa: DTZ001  # only the fields are checked
    except CronSimError as error:
        raise ValueError(f"{schedule!r} is no schedule ({error}); write */5 * * * * or @hourly") from error
    return schedule


def compute_seconds_until_next(schedule: str, timezone: str, now: datetime) -> float:
    """Return the seconds from `now` until the schedule is due."""
    if interval := _parse_interval(schedule):
        return interval.total_seconds()
    return (next(CronSim(_normalize_fields(schedule), now.astimezone(ZoneInfo(timezone)))) - now).total_seconds()


def _normalize_fields(schedule: str) -> str:
    fields = _NAMED.get(schedule, schedule)
    if len(fields.split()) != _FIELDS:
        raise CronSimError("it has no five fields, of which the first is minutes")
    return fields


def _parse_interval(schedule: str) -> timedelta | None:
    if not (match := _EVERY.fullmatch(schedule)):
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) or None
