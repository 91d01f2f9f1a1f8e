"""Rules for KafkaUsers: each function logs in to Kafka as its own user, with exactly the rights that it needs."""

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

    Additional rights are problems, except the right to write to a topic of events/asyncapi.py: functions may write to
    the topics of an engine even if the engine is not installed.
    """
    if wide_rights := sorted(_find_wide_rights(user)):
        yield f"{_ACLS}: {', '.join(wide_rights)} covers more than one name; list each topic and group by its own name"
        return
    granted, needed = _list_granted_rights(user), _list_needed_rights(user, manifests)
    yield from (f"{_ACLS}: the user may not {' '.join(right)}; add this right" for right in sorted(needed - granted))
    for right in sorted(granted - needed):
        operation, kind, name = right
        if kind != "topic" or operation != "Write":
            yield f"{_ACLS}: the user may {' '.join(right)}, which no source of it needs; remove this right"
        elif find_channel(name) is None:
            yield f"{_ACLS}: events/asyncapi.py has no topic {name}; correct the name or remove this right"


def check_login_user(service: Service, manifests: Manifests) -> Iterator[str]:
    """Check that the Kafka user of a function exists. If there are no KafkaUsers, the cluster needs no login."""
    users = {user.metadata.name for user in manifests.select(KafkaUser)}
    name = read_environment(service).get(_USERNAME)
    if users and name not in users:
        yield f"{_ENV}.{_USERNAME}: there is no KafkaUser {name}; add it or correct the name"


def _find_wide_rights(user: KafkaUser) -> Iterator[str]:
    """Yield a text for each right of the user that covers more than one resource name or all operations."""
    for acl in user.spec.authorization.acls:
        if acl.resource.pattern_type != "literal" or acl.resource.name in {None, "*"} or "All" in acl.operations:
            yield f"{'/'.join(acl.operations)} on {acl.resource.type} {acl.resource.name or '*'}"


def _list_granted_rights(user: KafkaUser) -> set[Right]:
    return {
        (operation, acl.resource.type, acl.resource.name or "*")
        for acl in user.spec.authorization.acls
        for operation in acl.operations
        if operation != "Describe"  # every other operation includes Describe
    }


def _list_needed_rights(user: KafkaUser, manifests: Manifests) -> set[Right]:
    """Return the rights that functions and sinks need if they log in as this user.

    They read the topics of their sources in the source's group, and write to the topics of events that they publish.
    """
    needed: set[Right] = set()
    for service in manifests.select(Service):
        if read_environment(service).get(_USERNAME) == user.metadata.name:
            needed |= {("Write", "topic", topic) for topic in _list_written_topics(service, map_topics(manifests))}
            for source in find_sources(service, manifests):
                needed |= {("Read", "topic", topic) for topic in source.spec.topics}
                # Delete is needed, because Knative deletes the group when the source is deleted.
                needed |= {(operation, "group", source.spec.consumer_group) for operation in ("Read", "Delete")}
    sinks = (
        sink
        for sink in manifests.select(KafkaSink)
        if sink.spec.auth and _get_login_secret(sink) == _get_password_secret(user)
    )
    return needed | {("Write", "topic", sink.spec.topic) for sink in sinks}


def _get_login_secret(sink: KafkaSink) -> str | None:
    return sink.spec.auth.secret.ref.name if sink.spec.auth else None


def _get_password_secret(user: KafkaUser) -> str:
    """Return the name of the Secret with the password: a Secret that the user names, or that of Strimzi's operator."""
    password = user.spec.authentication.password
    return password.value_from.secret_key_ref.name if password else user.metadata.name


def _list_written_topics(service: Service, declared: Iterable[str]) -> set[str]:
    """Return the topics to which a function writes. `declared` are the names of all topics that have a KafkaTopic."""
    folder = find_function_folder(service)
    if folder is None:
        return set()
    events = find_published_events(folder)
    topics = {get_topic_for_type(event, folder) for event in events if event is not PageRequested}
    page_topics = {topic for topic in declared if topic.startswith(PAGES_PREFIX)}
    if is_engine(folder):  # an engine passes pages on to other engines
        topics |= page_topics - {get_pages_topic(folder, bulk=bulk) for bulk in (False, True)}
    elif PageRequested in events:
        topics |= page_topics
    return topics
