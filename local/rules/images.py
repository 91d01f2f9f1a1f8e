"""What an overlay runs is what was tried: an image with a version."""

from collections.abc import Iterator

from local.manifests.loading import Manifests
from local.manifests.serving import Service


def is_pinned(service: Service, _: Manifests) -> Iterator[str]:
    image = service.container.image
    _name, colon, tag = image.rpartition("/")[2].partition(":")
    if "@sha256:" not in image and (not colon or tag == "latest"):
        yield f"spec.template.spec.containers.0.image: {image or 'none'} may be another tomorrow; give a version"
