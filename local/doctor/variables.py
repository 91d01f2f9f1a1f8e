"""Variables in manifests that nothing reads: misspelt ones are named with what was meant."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache

from botocore.credentials import EnvProvider
from botocore.session import Session
from opentelemetry import environment_variables as of_api
from opentelemetry.sdk import environment_variables as of_sdk

from local.doctor.finding import Finding, warning, wrong
from local.doctor.functions import Function
from local.doctor.settings import GROUP, Told

# As sure as one can be of two names that differ in a letter or two.
_ALIKE = 0.8
# What an interpreter and the libraries of engines read beyond any list.
_OF_PROGRAMS = frozenset({"HOME", "LANG", "PATH", "TMPDIR", "TZ", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"})
_OF_LIBRARIES = (
    *("AWS_ENDPOINT_URL_", "CUDA_", "HF_", "KMP_", "LC_", "LD_", "MALLOC_", "MKL_", "NVIDIA_", "OMP_", "OPENBLAS_"),
    *("ORT_", "PYTHON", "PYTORCH_", "SSL_", "TESSDATA_", "TOKENIZERS_", "TORCH_", "TRANSFORMERS_", "XDG_"),
)


def check(functions: Iterable[Function], told: Mapping[str, object]) -> list[Finding]:
    """Of functions that said what they know; who else reads a ConfigMap may know more."""
    known = {one.name: said.names for one in functions if isinstance(said := told.get(one.name), Told)}
    found = (finding for one in functions if one.name in known for finding in _of_one(one, known))
    # A ConfigMap that several functions read is to be mended once.
    return list({(finding.found, finding.advice): finding for finding in found}.values())


@cache
def of_libraries() -> frozenset[str]:
    """What the libraries that every function stands on read, by their own lists."""
    otel = {value for module in (of_api, of_sdk) for name, value in vars(module).items() if name.startswith("OTEL_")}
    return frozenset({*otel, *_of_aws()})


def meant(name: str, known: Iterable[str]) -> str | None:
    """The known name that this one is likely to stand for."""
    return next(iter(get_close_matches(name.upper(), list(known), n=1, cutoff=_ALIKE)), None)


def _of_one(function: Function, names: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """What stands in the Service itself is for this function; what it has from elsewhere may be for any."""
    everybody = frozenset().union(*names.values())
    for name, place in function.origins.items():
        known = names[function.name] if place == function.place else everybody
        if not _is_read(name, known):
            yield _judged(function.name, name, place, known)


def _is_read(name: str, known: frozenset[str]) -> bool:
    if name.upper() in known or name.upper() in _OF_PROGRAMS or name in of_libraries():
        return True
    return name.startswith(_OF_LIBRARIES)


def _judged(function: str, name: str, place: str, known: frozenset[str]) -> Finding:
    if right := meant(name, known | of_libraries()):
        return wrong(GROUP, function, f"{name} is read by nothing", f"Write {right} in {place}.")
    return warning(GROUP, function, f"{name} is no setting", f"Unless a library reads it, remove it from {place}.")


def _of_aws() -> Iterator[str]:
    for _, variables, *_ in Session.SESSION_VARIABLES.values():
        yield from [variables] if isinstance(variables, str) else variables or ()
    yield from (EnvProvider.ACCESS_KEY, EnvProvider.SECRET_KEY, *EnvProvider.TOKENS)
