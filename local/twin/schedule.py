"""When a PingSource is due: five cron fields, or `@every` and a duration, as robfig/cron reads them for Knative."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_EVERY = re.compile(r"@every (?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def checked(schedule: str) -> str:
    """The schedule itself. Raises ValueError, which says what to write."""
    try:
        if not _every(schedule):
            CronSim(schedule, datetime(2026, 1, 1))  # noqa: DTZ001  # only its fields are looked at
    except CronSimError as error:
        raise ValueError(f"{schedule!r} is no schedule ({error}); write */5 * * * * or @every 30s") from error
    return schedule


def seconds_until_next(schedule: str, timezone: str, now: datetime) -> float:
    """From `now` to the next time it is due."""
    if every := _every(schedule):
        return every.total_seconds()
    return (next(CronSim(schedule, now.astimezone(ZoneInfo(timezone)))) - now).total_seconds()


def _every(schedule: str) -> timedelta | None:
    if not (found := _EVERY.fullmatch(schedule)):
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) or None
