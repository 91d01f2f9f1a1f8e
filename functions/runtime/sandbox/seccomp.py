"""Seccomp filter of a job: a list of allowed system calls. All others fail with EPERM.

A job cannot open files, so it cannot read secrets or /proc. It cannot open sockets, execute programs, fork, or access
other processes. Threads are allowed, under the same filter, because some decoders need them (libde265 for HEIC). The
filter also applies to a job that runs as root.
"""

import ctypes
import errno
import fcntl
import os
import signal

import pyseccomp

_ALLOWED = (
    # input and output on open files
    *("read", "pread64", "readv", "preadv", "write", "writev", "lseek", "fstat", "dup", "close"),
    # memory
    *("brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "futex", "membarrier"),
    # threads
    *("set_robust_list", "rseq"),
    # signals of the own process, time, random numbers, process information, and exit
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall"),
    *("clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getrandom"),
    *("getpid", "gettid", "sched_yield", "sched_getaffinity", "getrusage", "sysinfo", "uname"),
    *("exit", "exit_group"),
)
_PR_SET_PDEATHSIG = 1
_AT_EMPTY_PATH = 0x1000
#: CLONE_THREAD | CLONE_VM
_CLONE_THREAD_FLAGS = 0x10100
_libc = ctypes.CDLL(None, use_errno=True)


def kill_with_parent(parent: int) -> None:
    """Make the kernel kill this process when its parent ends. Kill it now if process `parent` has ended already."""
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def build_filter() -> pyseccomp.SyscallFilter:
    """Return the rules that are the same for all jobs. `enforce_filter` adds a rule for one job."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in _ALLOWED:
        _allow(rules, name)
    # A job may read its limits but not change them. A job that runs as root could raise them again.
    _allow(rules, "prlimit64", pyseccomp.Arg(0, pyseccomp.EQ, 0), pyseccomp.Arg(2, pyseccomp.EQ, 0))
    flags = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD_FLAGS, _CLONE_THREAD_FLAGS)
    _allow(rules, "clone", flags)
    # The flags of clone3 are in memory, where a filter cannot check them. After ENOSYS the C library uses clone.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    # Newer C libraries call newfstatat for fstat. The filter cannot check its path. This is acceptable: a job can learn
    # the size of another file, but cannot read it.
    _allow(rules, "newfstatat", pyseccomp.Arg(3, pyseccomp.EQ, _AT_EMPTY_PATH))
    # Python calls fcntl for dup. Decoders duplicate the descriptor of the document.
    _allow(rules, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, fcntl.F_DUPFD_CLOEXEC))
    return rules


def enforce_filter(rules: pyseccomp.SyscallFilter) -> None:
    """Apply the filter to this process until it ends. This works without root: libseccomp sets no-new-privileges."""
    # abort() sends a signal to its own process. Without this rule the process would not end with SIGABRT.
    _allow(rules, "tgkill", pyseccomp.Arg(0, pyseccomp.EQ, os.getpid()))
    rules.load()


def _allow(rules: pyseccomp.SyscallFilter, name: str, *conditions: pyseccomp.Arg) -> None:
    """Allow a system call if its arguments meet all conditions."""
    try:
        rules.add_rule(pyseccomp.ALLOW, name, *conditions)
    except OSError as error:  # an older system call that this processor architecture does not have
        if error.errno != errno.EINVAL:
            raise
