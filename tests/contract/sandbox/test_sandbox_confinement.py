"""Confinement of sandbox jobs: what they cannot do, and how they end."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import pytest

from functions.runtime.errors import Unavailable
from functions.runtime.sandbox.limits import JobLimits
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.sandbox import Sandbox, SandboxUnusable
from functions.runtime.sandbox.zygote import Zygote
from functions.runtime.settings import SandboxSettings
from tests.contract.sandbox import sandbox_attacks
from tests.contract.sandbox.sandbox_attacks import Order, Report

MEGABYTE = 1024 * 1024
TASKS = (
    "return_document",
    "attack",
    "spin",
    "sleep",
    "use_all_memory",
    "write_endlessly",
    "read_null_pointer",
    "abort",
    "raise_key_error",
    "report_problem",
    "forge_answer",
    "return_other_type",
)
ATTACKS = "tests.contract.sandbox.sandbox_attacks"
TASK_NAMES = [f"{ATTACKS}:{name}" for name in (*TASKS, "look_around")]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    limits = JobLimits(memory_bytes=128 * MEGABYTE, cpu_seconds=1, wall_seconds=3, answer_bytes=32 * MEGABYTE)
    running = Sandbox(TASK_NAMES, limits)
    yield running
    running.close()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document"
    path.write_bytes(b"%PDF- and so on")
    return path


def run_task(sandbox: Sandbox, task: str, document: Path, order: Order | None = None) -> tuple[Report, bytes]:
    return sandbox.run(f"{ATTACKS}:{task}", order or Order(), document, Report)


def get_zygote_pid(sandbox: Sandbox) -> int:
    return sandbox._zygote.pid  # noqa: SLF001  # only tests need the pid


def list_children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def count_descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not hold within 10 s"
        time.sleep(0.005)


def test_task_gets_document_and_returns_answer_and_bytes(sandbox: Sandbox, document: Path) -> None:
    report, blob = run_task(sandbox, "return_document", document)
    assert (report.outcome, blob) == ("done", b"%PDF- and so on")


def test_every_job_has_its_own_process(sandbox: Sandbox, document: Path) -> None:
    first, second = (
        run_task(sandbox, "return_document", document)[0].pid,
        run_task(sandbox, "return_document", document)[0].pid,
    )
    assert len({first, second, os.getpid(), get_zygote_pid(sandbox)}) == 4
    assert not Path(f"/proc/{first}").exists()


def test_large_answer_is_complete(sandbox: Sandbox, document: Path) -> None:
    document.write_bytes(os.urandom(20 * MEGABYTE))
    assert run_task(sandbox, "return_document", document)[1] == document.read_bytes()


@pytest.mark.parametrize("attack", sandbox_attacks.REFUSED_BY_FILTER)
def test_system_call_is_blocked(sandbox: Sandbox, document: Path, tmp_path: Path, attack: str) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"content")
    report, _ = run_task(sandbox, "attack", document, Order(attack=attack, victim=os.getpid(), path=str(target)))
    assert report.outcome == "EPERM"
    assert target.read_bytes() == b"content"


@pytest.mark.parametrize("attack", sandbox_attacks.REFUSED_BY_DESCRIPTOR)
def test_document_is_read_only(sandbox: Sandbox, document: Path, attack: str) -> None:
    report, _ = run_task(sandbox, "attack", document, Order(attack=attack))
    assert report.outcome in {"EBADF", "EACCES"}
    assert document.read_bytes() == b"%PDF- and so on"


def test_clone3_does_not_exist(sandbox: Sandbox, document: Path) -> None:
    assert run_task(sandbox, "attack", document, Order(attack="clone3"))[0].outcome == "ENOSYS"


def test_job_cannot_kill_zygote(sandbox: Sandbox, document: Path) -> None:
    before = get_zygote_pid(sandbox)
    assert run_task(sandbox, "attack", document, Order(attack="kill", victim=before))[0].outcome == "EPERM"
    run_task(sandbox, "return_document", document)
    assert get_zygote_pid(sandbox) == before


def test_job_has_no_secrets_and_no_other_descriptors(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    sandbox = Sandbox(TASK_NAMES, SandboxSettings().job_limits)
    try:
        # Descriptor 5 is the duplicate from which the job read its request.
        open_files = "null [0, 1, 2] open [0, 1, 2, 3, 4, 5]"
        assert run_task(sandbox, "look_around", document)[0].outcome.endswith(open_files)
        assert "AWS" not in run_task(sandbox, "look_around", document)[0].outcome
    finally:
        sandbox.close()


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("spin", "took_too_long"),
        ("sleep", "took_too_long"),
        ("use_all_memory", "too_much_memory"),
        ("write_endlessly", "too_much_memory"),
        ("read_null_pointer", "crashed"),
        ("abort", "crashed"),
        ("raise_key_error", "crashed"),
        ("forge_answer", "crashed"),
        ("return_other_type", "crashed"),
    ],
)
def test_abnormal_end_of_job_is_a_document_problem(sandbox: Sandbox, document: Path, task: str, reason: str) -> None:
    with pytest.raises(DocumentProblem) as caught:
        run_task(sandbox, task, document)
    assert caught.value.reason == reason
    assert "secret" not in caught.value.message


def test_message_of_job_is_short_and_printable(sandbox: Sandbox, document: Path) -> None:
    with pytest.raises(DocumentProblem) as caught:
        run_task(sandbox, "report_problem", document)
    assert caught.value.reason == "damaged_pdf"
    assert caught.value.message.startswith("not[31m a PDF!!!")
    assert len(caught.value.message) == 300


def test_jobs_run_in_parallel(sandbox: Sandbox, document: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        sleeping = threads.submit(run_task, sandbox, "sleep", document)
        answers = list(threads.map(lambda _: run_task(sandbox, "return_document", document)[0].pid, range(40)))
        assert not sleeping.done()
        assert len(set(answers)) == 40
        assert isinstance(sleeping.exception(), DocumentProblem)


def test_jobs_leave_no_zombies_and_no_descriptors(sandbox: Sandbox, document: Path) -> None:
    run_task(sandbox, "return_document", document)
    before = count_descriptors(os.getpid()), count_descriptors(get_zygote_pid(sandbox))
    for number in range(200):
        task = ("return_document", "report_problem", "read_null_pointer", "raise_key_error")[number % 4]
        try:
            run_task(sandbox, task, document)
        except DocumentProblem:
            assert task != "return_document"
    assert (count_descriptors(os.getpid()), count_descriptors(get_zygote_pid(sandbox))) == before
    assert list_children(get_zygote_pid(sandbox)) == []


def test_job_takes_less_than_a_tenth_of_a_second(sandbox: Sandbox, document: Path) -> None:
    times = []
    for _ in range(20):
        started = time.perf_counter()
        run_task(sandbox, "return_document", document)
        times.append(time.perf_counter() - started)
    assert sorted(times)[10] < 0.1


def test_dead_zygote_ends_its_jobs_and_is_replaced(document: Path) -> None:
    sandbox = Sandbox(TASK_NAMES, SandboxSettings().job_limits)
    sandbox.wait_until_ready()
    try:
        with ThreadPoolExecutor(1) as threads:
            sleeping = threads.submit(run_task, sandbox, "sleep", document)
            wait_until(lambda: list_children(get_zygote_pid(sandbox)))
            (orphan,) = list_children(get_zygote_pid(sandbox))
            os.kill(get_zygote_pid(sandbox), 9)
            with pytest.raises(Unavailable):
                sleeping.result()
        wait_until(lambda: not Path(f"/proc/{orphan}").exists())
        assert run_task(sandbox, "return_document", document)[0].outcome == "done"
    finally:
        sandbox.close()


def test_close_ends_zygote(document: Path) -> None:
    sandbox = Sandbox(TASK_NAMES, SandboxSettings().job_limits)
    run_task(sandbox, "return_document", document)
    pid = get_zygote_pid(sandbox)
    sandbox.close()
    assert not Path(f"/proc/{pid}").exists()


def test_sandbox_works_after_end_of_creating_thread(document: Path) -> None:
    sandboxes: list[Sandbox] = []
    creator = threading.Thread(target=lambda: sandboxes.append(Sandbox(TASK_NAMES, SandboxSettings().job_limits)))
    creator.start()
    creator.join()
    try:
        before = get_zygote_pid(sandboxes[0])
        run_task(sandboxes[0], "return_document", document)
        assert get_zygote_pid(sandboxes[0]) == before
    finally:
        sandboxes[0].close()


def test_zygote_that_cannot_start_names_requirements() -> None:
    with pytest.raises(SandboxUnusable, match="libseccomp"):
        Sandbox([f"{ATTACKS}:no_such_task"], SandboxSettings().job_limits).wait_until_ready()


def test_zygote_refuses_kernel_that_does_not_confine(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        zygote = Zygote(theirs, {}, SandboxSettings().job_limits)
        zygote.check_confinement()
        monkeypatch.setattr("functions.runtime.sandbox.zygote.Confinement.enter", Mock())
        with pytest.raises(OSError, match="does not confine"):
            zygote.check_confinement()
