"""Rules for KafkaUsers: each function logs in to Kafka as its own user, which has exactly the rights that it needs."""

from collections.abc import Iterable, Iterator

from events.page import PageRequested
from events.topics import PAGES_PREFIX, get_pages_topic, get_topic_for_type
from local.manifests.cluster import KafkaUser
from local.manifests.eventing import KafkaSink
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules.event_types import find_channel
from local.rules.function_code import find_published_events, is_engine
from local.rules.relations import find_function_folder, find_sources, map_topics, read_environment

_USERNAME = "KAFKA_SASL_USERNAME"
_ACLS = "spec.authorization.acls"
_ENV = "spec.template.spec.containers.0.env"

Right = tuple[str, str, str]  # operation, kind of resource, name of resource


def check_rights(user: KafkaUser, manifests: Manifests) -> Iterator[str]:
    """Check that a user has every right that its functions need.

    Other rights are problems, except Write on a topic of events/asyncapi.py: an engine that is not installed keeps its
    place in the rights of the other functions.
    """
    if wide := sorted(_find_wide_rights(user)):
        yield f"{_ACLS}: {', '.join(wide)} covers more than one name; list each topic and each group by its own name"
        return
    granted, needed = _list_granted_rights(user), _list_needed_rights(user, manifests)
    yield from (f"{_ACLS}: it may not {' '.join(right)}; add that" for right in sorted(needed - granted))
    for right in sorted(granted - needed):
        operation, kind, name = right
        if kind != "topic" or operation != "Write":
            yield f"{_ACLS}: it may {' '.join(right)}, and has no source that does; remove that"
        elif find_channel(name) is None:
            yield f"{_ACLS}: events/asyncapi.py has no topic {name}; correct the name or remove that"


def check_login_user(service: Service, manifests: Manifests) -> Iterator[str]:
    """Check that the user with which a function logs in exists. A cluster without users has no login."""
    users = {user.metadata.name for user in manifests.select(KafkaUser)}
    name = read_environment(service).get(_USERNAME)
    if users and name not in users:
        yield f"{_ENV}.{_USERNAME}: there is no KafkaUser {name}; add it or correct the name"


def _find_wide_rights(user: KafkaUser) -> Iterator[str]:
    for acl in user.spec.authorization.acls:
        if acl.resource.pattern_type != "literal" or acl.resource.name in {None, "*"} or "All" in acl.operations:
            yield f"{'/'.join(acl.operations)} on {acl.resource.type} {acl.resource.name or '*'}"


def _list_granted_rights(user: KafkaUser) -> set[Right]:
    return {
        (operation, acl.resource.type, acl.resource.name or "*")
        for acl in user.spec.authorization.acls
        for operation in acl.operations
        if operation != "Describe"  # every other operation includes it
    }


def _list_needed_rights(user: KafkaUser, manifests: Manifests) -> set[Right]:
    """Return the rights to read the sources of the user's functions, and to write what functions and sinks publish."""
    needed: set[Right] = set()
    for service in manifests.select(Service):
        if read_environment(service).get(_USERNAME) == user.metadata.name:
            needed |= {("Write", "topic", topic) for topic in _list_written_topics(service, map_topics(manifests))}
            for source in find_sources(service, manifests):
                needed |= {("Read", "topic", topic) for topic in source.spec.topics}
                # Knative deletes the group when the source is deleted.
                needed |= {(operation, "group", source.spec.consumer_group) for operation in ("Read", "Delete")}
    sinks = (
        sink for sink in manifests.select(KafkaSink) if sink.spec.auth and _get_secret(sink) == _get_password(user)
    )
    return needed | {("Write", "topic", sink.spec.topic) for sink in sinks}


def _get_secret(sink: KafkaSink) -> str | None:
    return sink.spec.auth.secret.ref.name if sink.spec.auth else None


def _get_password(user: KafkaUser) -> str:
    """Return the name of the Secret with the password: the one that the user names, or the user operator's."""
    password = user.spec.authentication.password
    return password.value_from.secret_key_ref.name if password else user.metadata.name


def _list_written_topics(service: Service, declared: Iterable[str]) -> set[str]:
    folder = find_function_folder(service)
    if folder is None:
        return set()
    events = find_published_events(folder)
    written = {get_topic_for_type(event, folder) for event in events if event is not PageRequested}
    pages = {topic for topic in declared if topic.startswith(PAGES_PREFIX)}
    if is_engine(folder):  # it passes pages on to the other engines
        written |= pages - {get_pages_topic(folder, bulk=bulk) for bulk in (False, True)}
    elif PageRequested in events:
        written |= pages
    return written
