"""The rule for images: an overlay names a version, so that the cluster runs the image that was tested."""

from collections.abc import Iterator

from local.manifests.loading import Manifests
from local.manifests.serving import Service


def check_image_is_pinned(service: Service, _: Manifests) -> Iterator[str]:
    """Check that the image has a digest, or a tag other than `latest`."""
    image = service.container.image
    _name, colon, tag = image.rpartition("/")[2].partition(":")
    if "@sha256:" not in image and (not colon or tag == "latest"):
        yield f"spec.template.spec.containers.0.image: {image or 'none'} may be another image tomorrow; add a version"
