"""The system calls that are left to a job. Whatever is not listed here fails with EPERM.

No file is opened after this, so neither secrets nor /proc can be read; there is no socket, no exec, no fork, and no
other process can be touched. Threads there are, bound like their process, because decoders insist on them (libde265
for HEIC). Root gets the same: the filter does not ask who calls.
"""

import ctypes
import errno
import fcntl
import os
import signal

import pyseccomp

_ALLOWED = (
    # the document, the answer
    *("read", "pread64", "readv", "preadv", "write", "writev", "lseek", "fstat", "dup", "close"),
    # memory
    *("brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "futex", "membarrier"),
    # threads
    *("set_robust_list", "rseq"),
    # signals of its own, time, chance, and the end
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall"),
    *("clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getrandom"),
    *("getpid", "gettid", "sched_yield", "sched_getaffinity", "getrusage", "sysinfo", "uname"),
    *("exit", "exit_group"),
)
_PR_SET_PDEATHSIG = 1
_AT_EMPTY_PATH = 0x1000
#: CLONE_THREAD | CLONE_VM
_A_THREAD = 0x10100
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, even if it has ended already."""
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def prepare() -> pyseccomp.SyscallFilter:
    """Build the filter, once for all jobs."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in _ALLOWED:
        _allow(rules, name)
    # Limits may be asked for, and not changed: root could raise them again.
    _allow(rules, "prlimit64", pyseccomp.Arg(0, pyseccomp.EQ, 0), pyseccomp.Arg(2, pyseccomp.EQ, 0))
    _allow(rules, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _A_THREAD, _A_THREAD))
    # Its flags lie in memory, where no filter sees them. The C library then takes the older call.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    # How newer C libraries say fstat. The path cannot be looked at from here; a size is the most that it gives away.
    _allow(rules, "newfstatat", pyseccomp.Arg(3, pyseccomp.EQ, _AT_EMPTY_PATH))
    # How Python says dup, for decoders that keep a descriptor of their own.
    _allow(rules, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, fcntl.F_DUPFD_CLOEXEC))
    return rules


def lock(rules: pyseccomp.SyscallFilter) -> None:
    """Bind this process, for good. libseccomp sets no-new-privileges too, so this needs no root."""
    # abort() signals itself: with this its end is SIGABRT and not something odd.
    _allow(rules, "tgkill", pyseccomp.Arg(0, pyseccomp.EQ, os.getpid()))
    rules.load()


def _allow(rules: pyseccomp.SyscallFilter, name: str, *conditions: pyseccomp.Arg) -> None:
    try:
        rules.add_rule(pyseccomp.ALLOW, name, *conditions)
    except OSError as error:  # an older call that this architecture never had
        if error.errno != errno.EINVAL:
            raise
