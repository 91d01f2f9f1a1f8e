"""Everything that there is to look at, on this machine and around it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from local.doctor import database, kafka, machine, manifests, models, packages, s3, settings, telemetry, tools, twin
from local.doctor import variables as names
from local.doctor.examination import Look, examine
from local.doctor.finding import Finding, ok, warning
from local.doctor.functions import SOMEWHERE, Function, of
from local.doctor.subject import Subject
from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.platform.topics import Topic
from local.twin.left_out import LeftOut, left_out, without
from local.twin.services.weights import MODELS
from local.twin.sources.topics import asked, undeclared

_ORDER = ("machine", "tools", "packages", "models", "manifests", "settings", "servers", "twin")


@dataclass(frozen=True)
class _Known:
    """What the manifests say, and what their functions say to that."""

    manifests: Manifests
    absent: list[LeftOut]
    functions: list[Function]
    told: Mapping[str, settings.Answer]
    models: str | None


def findings(subject: Subject) -> list[Finding]:
    """All that can be found, by groups."""
    read, loaded = manifests.read(subject.manifests)
    known = _known(subject, loaded) if loaded else None
    looks = [*_of_machine(subject), Look("manifests", "files", lambda: read)]
    looks += _of_functions(known, subject.folder) if known else [Look("settings", "functions", _not_looked_at)]
    looks += _of_servers(subject, known)
    return sorted(examine(looks), key=lambda finding: _ORDER.index(finding.group))


def _known(subject: Subject, loaded: Manifests) -> _Known:
    named = asdict(subject.servers.endpoints) if subject.servers else {}
    endpoints = replace(SOMEWHERE, **{name: value for name, value in named.items() if value})
    # A twin that is up knows best: whoever started it may have had other variables.
    told = twin.here(subject.twin) if subject.twin else None
    absent = told.left_out if told else left_out(loaded)
    here = without(loaded, {one.engine for one in absent})
    functions = list(of(here, endpoints, subject.folder, told.models if told else None))
    named_models = told.models if told else os.environ.get(MODELS)
    return _Known(here, absent, functions, settings.ask_all(functions), named_models)


def _not_looked_at() -> list[Finding]:
    return [warning(settings.GROUP, "functions", "not looked at", "Mend the manifests first: they say what runs.")]


def _of_machine(subject: Subject) -> Iterator[Look]:
    yield Look(machine.GROUP, "facts", partial(machine.check, subject.home))
    yield Look(machine.GROUP, "sandbox", machine.check_sandbox)
    yield Look(tools.GROUP, "programs", partial(tools.check, wanted=subject.real))
    yield Look(packages.GROUP, "extras", packages.check)


def _of_functions(known: _Known, folder: Path) -> Iterator[Look]:
    yield Look(settings.GROUP, "functions", partial(settings.check, known.functions, known.told))
    yield Look(settings.GROUP, "variables", partial(names.check, known.functions, known.told))
    sources = known.manifests.of(KafkaSource)
    read = {topic for source in sources for topic in source.spec.topics}
    optional = {f"functions.{folder}" for folder in packages.optional()}
    yield Look(models.GROUP, "folder", partial(models.folder, known.models, folder))
    yield Look(models.GROUP, "left out", partial(models.absent, known.absent))
    yield Look(models.GROUP, "engines", partial(models.check, known.functions, known.told, read, optional))


def _of_servers(subject: Subject, known: _Known | None) -> Iterator[Look]:
    if subject.servers is None:
        yield Look("servers", "platform", partial(_nothing_up, subject.home))
        return
    there, remedies = subject.servers.endpoints, subject.servers.remedies
    if there.kafka:
        wanted = _topics(known.manifests) if known else []
        yield Look("servers", "Kafka", partial(kafka.check, there.kafka, wanted, remedies["kafka"], is_up=subject.up))
    if there.s3:
        # versitygw tells of uploads by itself, and does not say so when asked.
        yield Look("servers", "S3", partial(s3.check, there, remedies["s3"], tells_itself=subject.real))
    if there.database:
        wanted_ = database.wanted(known.functions, known.told) if known else None
        look = partial(database.check, there.database, wanted_, remedies["postgres"], is_up=subject.up)
        yield Look("servers", "PostgreSQL", look)
    # A twin that takes telemetry itself tells its functions so, whatever their manifests say.
    endpoints = [subject.telemetry] if subject.telemetry else telemetry.endpoints(known.functions if known else ())
    for endpoint in endpoints:
        yield Look("servers", "telemetry", partial(telemetry.check, endpoint))
    if subject.up:
        yield from _of_twin(subject)


def _of_twin(subject: Subject) -> Iterator[Look]:
    if subject.twin is None:
        yield Look(twin.GROUP, "twin", partial(twin.ended, subject.home))
        return
    yield Look(twin.GROUP, "twin", partial(twin.check, subject.twin))
    if subject.gateway:
        yield Look(twin.GROUP, "gateway", partial(twin.gateway, subject.gateway))


def _nothing_up(home: Path) -> list[Finding]:
    advice = "`pagebus up --detach` starts everything; after that, servers and functions are looked at too."
    return [ok("servers", "platform", f"nothing is up in {home}", advice)]


def _topics(loaded: Manifests) -> list[Topic]:
    """What the manifests declare, and what their sources and sinks need beyond that."""
    return [*map(asked, loaded.of(KafkaTopic)), *map(Topic, undeclared(loaded))]
