"""Checks for variables in the manifests that no function reads, such as misspelt variables."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache

from botocore.credentials import EnvProvider
from botocore.session import Session
from opentelemetry import environment_variables as api_variables
from opentelemetry.sdk import environment_variables as sdk_variables

from local.doctor.finding import Finding, report_warning, report_wrong
from local.doctor.functions import PythonFunction
from local.doctor.settings import GROUP, SettingsReport

# The minimum similarity by difflib of a misspelt and a known name. Names with one or two different letters reach it.
_MIN_SIMILARITY = 0.8
# The check also accepts these variables, and variables with these prefixes, because the interpreter and libraries read
# more variables than they declare.
_PROGRAM_VARIABLES = frozenset({"HOME", "LANG", "PATH", "TMPDIR", "TZ", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"})
_LIBRARY_PREFIXES = (
    *("AWS_ENDPOINT_URL_", "CUDA_", "HF_", "KMP_", "LC_", "LD_", "MALLOC_", "MKL_", "NVIDIA_", "OMP_", "OPENBLAS_"),
    *("ORT_", "PYTHON", "PYTORCH_", "SSL_", "TESSDATA_", "TOKENIZERS_", "TORCH_", "TRANSFORMERS_", "XDG_"),
)


def check_variables(functions: Iterable[PythonFunction], results: Mapping[str, object]) -> list[Finding]:
    """Return a finding for each variable that no function or library reads.

    Functions without a settings report are skipped.
    """
    names = {
        function.name: report.names
        for function in functions
        if isinstance(report := results.get(function.name), SettingsReport)
    }
    findings = (
        finding for function in functions if function.name in names for finding in _check_function(function, names)
    )
    # A mistake in a ConfigMap that several functions use needs one correction, so it is reported once.
    return list({(finding.found, finding.advice): finding for finding in findings}.values())


@cache
def list_library_variables() -> frozenset[str]:
    """Return the variables that OpenTelemetry and botocore declare. Every function uses both libraries."""
    otel = {
        value
        for module in (api_variables, sdk_variables)
        for name, value in vars(module).items()
        if name.startswith("OTEL_")
    }
    return frozenset({*otel, *_list_aws_variables()})


def find_similar_name(name: str, known_names: Iterable[str]) -> str | None:
    """Return the known name that is most similar to the misspelt `name`, or None if no name is similar enough."""
    return next(iter(get_close_matches(name.upper(), list(known_names), n=1, cutoff=_MIN_SIMILARITY)), None)


def _check_function(function: PythonFunction, names: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Yield findings about the variables of one function.

    A variable in the Service itself must be a setting of this function. A variable from elsewhere, such as a shared
    ConfigMap, may be a setting of any function.
    """
    all_names = frozenset().union(*names.values())
    for name, origin in function.origins.items():
        known_names = names[function.name] if origin == function.location else all_names
        if not _is_read(name, known_names):
            yield _report_variable(function.name, name, origin, known_names)


def _is_read(name: str, known_names: frozenset[str]) -> bool:
    if name.upper() in known_names or name.upper() in _PROGRAM_VARIABLES or name in list_library_variables():
        return True
    return name.startswith(_LIBRARY_PREFIXES)


def _report_variable(function: str, name: str, origin: str, known_names: frozenset[str]) -> Finding:
    if similar := find_similar_name(name, known_names | list_library_variables()):
        return report_wrong(GROUP, function, f"no function reads {name}", f"Write {similar} in {origin}.")
    found = f"{name} is not a setting of this function"
    return report_warning(GROUP, function, found, f"Remove it from {origin}, unless a library reads it.")


def _list_aws_variables() -> Iterator[str]:
    for _, variables, *_ in Session.SESSION_VARIABLES.values():
        yield from [variables] if isinstance(variables, str) else variables or ()
    yield from (EnvProvider.ACCESS_KEY, EnvProvider.SECRET_KEY, *EnvProvider.TOKENS)
