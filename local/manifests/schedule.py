"""Schedules of PingSources: five cron fields or a name such as `@hourly`, as in robfig/cron, which Knative uses.

Unlike a cluster, the twin also accepts `@every` with a duration, for tests that cannot wait for a minute.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_INTERVAL = re.compile(r"@every (?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_NAMED_SCHEDULES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELD_COUNT = 5


def validate_schedule(schedule: str) -> str:
    """Return `schedule` unchanged. Raise ValueError, with an example in its text, if the schedule is not valid."""
    try:
        if not _parse_interval(schedule):
            CronSim(_normalize_fields(schedule), datetime(2026, 1, 1))  # noqa: DTZ001  # only the fields are checked
    except CronSimError as error:
        raise ValueError(f"{schedule!r} is no schedule ({error}); write */5 * * * * or @hourly") from error
    return schedule


def compute_seconds_until_next(schedule: str, timezone: str, now: datetime) -> float:
    """Return the seconds from `now` until the next time of the schedule in `timezone`."""
    if interval := _parse_interval(schedule):
        return interval.total_seconds()
    return (next(CronSim(_normalize_fields(schedule), now.astimezone(ZoneInfo(timezone)))) - now).total_seconds()


def _normalize_fields(schedule: str) -> str:
    """Return the five cron fields of a schedule. Raise CronSimError for another number of fields."""
    fields = _NAMED_SCHEDULES.get(schedule, schedule)
    if len(fields.split()) != _FIELD_COUNT:
        raise CronSimError("it needs five fields: minute, hour, day, month and day of the week")
    return fields


def _parse_interval(schedule: str) -> timedelta | None:
    """Return the duration of an `@every` schedule. Return None if it is zero, or for any other schedule."""
    if not (match := _INTERVAL.fullmatch(schedule)):
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) or None
