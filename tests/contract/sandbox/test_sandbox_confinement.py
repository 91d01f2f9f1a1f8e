import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from functions.runtime.errors import Unavailable
from functions.runtime.sandbox.limits import Limits
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.sandbox import Sandbox, SandboxUnusable
from functions.runtime.settings import SandboxSettings
from tests.contract.sandbox import sandbox_attacks
from tests.contract.sandbox.sandbox_attacks import Order, Report

MEGABYTE = 1024 * 1024
TASKS = ("echo", "attack", "spin", "sleep", "hog", "flood", "fault", "abort", "stumble", "complain", "lie", "misfit")
ATTACKS = "tests.contract.sandbox.sandbox_attacks"
TASK_NAMES = [f"{ATTACKS}:{name}" for name in (*TASKS, "look_around")]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    limits = Limits(memory_bytes=128 * MEGABYTE, cpu_seconds=1, wall_seconds=3, answer_bytes=32 * MEGABYTE)
    running = Sandbox(TASK_NAMES, limits)
    yield running
    running.close()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document"
    path.write_bytes(b"%PDF- and so on")
    return path


def run(sandbox: Sandbox, task: str, document: Path, order: Order | None = None) -> tuple[Report, bytes]:
    return sandbox.run(f"{ATTACKS}:{task}", order or Order(), document, Report)


def zygote(sandbox: Sandbox) -> int:
    return sandbox._zygote.pid  # noqa: SLF001  # nobody but a test has business with it


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_a_task_gets_the_document_and_answers_with_json_and_bytes(sandbox: Sandbox, document: Path) -> None:
    report, blob = run(sandbox, "echo", document)
    assert (report.outcome, blob) == ("done", b"%PDF- and so on")


def test_every_job_has_a_process_of_its_own_that_is_gone_afterwards(sandbox: Sandbox, document: Path) -> None:
    first, second = run(sandbox, "echo", document)[0].pid, run(sandbox, "echo", document)[0].pid
    assert len({first, second, os.getpid(), zygote(sandbox)}) == 4
    assert not Path(f"/proc/{first}").exists()


def test_megabytes_come_back_whole(sandbox: Sandbox, document: Path) -> None:
    document.write_bytes(os.urandom(20 * MEGABYTE))
    assert run(sandbox, "echo", document)[1] == document.read_bytes()


@pytest.mark.parametrize("attack", sandbox_attacks.REFUSED_BY_FILTER)
def test_the_filter_refuses(sandbox: Sandbox, document: Path, tmp_path: Path, attack: str) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"mine")
    report, _ = run(sandbox, "attack", document, Order(attack=attack, victim=os.getpid(), path=str(target)))
    assert report.outcome == "EPERM"
    assert target.read_bytes() == b"mine"


@pytest.mark.parametrize("attack", sandbox_attacks.REFUSED_BY_DESCRIPTOR)
def test_the_document_is_opened_for_reading_only(sandbox: Sandbox, document: Path, attack: str) -> None:
    report, _ = run(sandbox, "attack", document, Order(attack=attack))
    assert report.outcome in {"EBADF", "EACCES"}
    assert document.read_bytes() == b"%PDF- and so on"


def test_the_newer_way_to_fork_does_not_exist(sandbox: Sandbox, document: Path) -> None:
    assert run(sandbox, "attack", document, Order(attack="clone3"))[0].outcome == "ENOSYS"


def test_a_job_cannot_kill_the_zygote(sandbox: Sandbox, document: Path) -> None:
    before = zygote(sandbox)
    assert run(sandbox, "attack", document, Order(attack="kill", victim=before))[0].outcome == "EPERM"
    run(sandbox, "echo", document)
    assert zygote(sandbox) == before


def test_a_job_sees_no_secret_and_no_descriptor_but_its_own(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    sandbox = Sandbox(TASK_NAMES, SandboxSettings().limits)
    try:
        # 5 is the duplicate that the request was read from.
        assert run(sandbox, "look_around", document)[0].outcome.endswith("[0, 1, 2, 3, 4, 5]")
        assert "AWS" not in run(sandbox, "look_around", document)[0].outcome
    finally:
        sandbox.close()


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("spin", "took_too_long"),
        ("sleep", "took_too_long"),
        ("hog", "too_much_memory"),
        ("flood", "too_much_memory"),
        ("fault", "crashed"),
        ("abort", "crashed"),
        ("stumble", "crashed"),
        ("lie", "crashed"),
        ("misfit", "crashed"),
    ],
)
def test_a_job_that_does_not_end_well_is_the_documents_problem(
    sandbox: Sandbox, document: Path, task: str, reason: str
) -> None:
    with pytest.raises(DocumentProblem) as caught:
        run(sandbox, task, document)
    assert caught.value.reason == reason
    assert "secret" not in caught.value.message


def test_what_a_job_complains_about_is_shortened_and_printable(sandbox: Sandbox, document: Path) -> None:
    with pytest.raises(DocumentProblem) as caught:
        run(sandbox, "complain", document)
    assert caught.value.reason == "damaged_pdf"
    assert caught.value.message.startswith("not[31m a PDF!!!")
    assert len(caught.value.message) == 300


def test_jobs_run_at_the_same_time(sandbox: Sandbox, document: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        sleeping = threads.submit(run, sandbox, "sleep", document)
        answers = list(threads.map(lambda _: run(sandbox, "echo", document)[0].pid, range(40)))
        assert not sleeping.done()
        assert len(set(answers)) == 40
        assert isinstance(sleeping.exception(), DocumentProblem)


def test_two_hundred_jobs_leave_no_zombie_and_no_descriptor(sandbox: Sandbox, document: Path) -> None:
    run(sandbox, "echo", document)
    before = descriptors(os.getpid()), descriptors(zygote(sandbox))
    for number in range(200):
        task = ("echo", "complain", "fault", "stumble")[number % 4]
        try:
            run(sandbox, task, document)
        except DocumentProblem:
            assert task != "echo"
    assert (descriptors(os.getpid()), descriptors(zygote(sandbox))) == before
    assert children(zygote(sandbox)) == []


def test_a_job_costs_milliseconds(sandbox: Sandbox, document: Path) -> None:
    times = []
    for _ in range(20):
        started = time.perf_counter()
        run(sandbox, "echo", document)
        times.append(time.perf_counter() - started)
    assert sorted(times)[10] < 0.1


def test_a_dead_zygote_takes_its_jobs_along_and_is_replaced_at_the_next_one(document: Path) -> None:
    sandbox = Sandbox(TASK_NAMES, SandboxSettings().limits)
    sandbox.prove()
    try:
        with ThreadPoolExecutor(1) as threads:
            sleeping = threads.submit(run, sandbox, "sleep", document)
            until(lambda: children(zygote(sandbox)))
            (orphan,) = children(zygote(sandbox))
            os.kill(zygote(sandbox), 9)
            with pytest.raises(Unavailable):
                sleeping.result()
        until(lambda: not Path(f"/proc/{orphan}").exists())
        assert run(sandbox, "echo", document)[0].outcome == "done"
    finally:
        sandbox.close()


def test_closing_ends_the_zygote(document: Path) -> None:
    sandbox = Sandbox(TASK_NAMES, SandboxSettings().limits)
    run(sandbox, "echo", document)
    pid = zygote(sandbox)
    sandbox.close()
    assert not Path(f"/proc/{pid}").exists()


def test_the_thread_that_made_a_sandbox_may_end(document: Path) -> None:
    made: list[Sandbox] = []
    maker = threading.Thread(target=lambda: made.append(Sandbox(TASK_NAMES, SandboxSettings().limits)))
    maker.start()
    maker.join()
    try:
        before = zygote(made[0])
        run(made[0], "echo", document)
        assert zygote(made[0]) == before
    finally:
        made[0].close()


def test_a_zygote_that_cannot_start_says_what_the_machine_needs() -> None:
    with pytest.raises(SandboxUnusable, match="libseccomp"):
        Sandbox([f"{ATTACKS}:no_such_task"], SandboxSettings().limits).prove()
