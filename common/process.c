/* Decides how child programs start and end, so that none outlives us. */
#include "common/process.h"

#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FREE_FD 3

struct exec_failure { /* what the child tells its parent through the close-on-exec pipe */
    int error;
    bool directory; /* chdir failed, not exec */
};

static pid_t start(const struct base_spawn *spawn, int report);
static _Noreturn void child(const struct base_spawn *spawn, pid_t parent, int report);
static bool child_fds(const struct base_spawn *spawn);
static void child_signals(void);
static enum base_status spawn_failed(const struct base_spawn *spawn, const struct exec_failure *why,
                                     struct base_error *err);
static bool ended(pid_t pid, int real_ms);

enum base_status base_process_spawn(const struct base_spawn *spawn, pid_t *pid,
                                    struct base_error *err)
{
    struct exec_failure why = {0};
    int report[2];

    *pid = 0;
    if (pipe2(report, O_CLOEXEC))
        return base_error_set(err, BASE_IO, NULL, "no pipe for %s: %s", spawn->argv[0],
                              strerror(errno));
    pid_t made = start(spawn, report[1]);
    int fork_error = errno;
    close(report[1]);
    ssize_t got = -1;
    if (made > 0)
        do
            got = read(report[0], &why, sizeof why);
        while (got < 0 && errno == EINTR);
    close(report[0]);
    if (made < 0)
        return base_error_set(err, BASE_IO, NULL, "cannot start %s: %s", spawn->argv[0],
                              strerror(fork_error));
    if (got > 0) {
        while (waitpid(made, NULL, 0) < 0 && errno == EINTR)
            continue;
        return spawn_failed(spawn, &why, err);
    }
    *pid = made;
    return BASE_OK;
}

bool base_process_wait(pid_t pid, int real_ms, int *status)
{
    int got_status = 0;

    if (!ended(pid, real_ms))
        return false;
    while (waitpid(pid, &got_status, 0) < 0 && errno == EINTR)
        continue;
    if (status)
        *status = got_status;
    return true;
}

/* The group is killed before its leader is reaped: until then the number cannot belong to anyone
 * else. */
void base_process_stop(pid_t pid, bool own_group, int grace_ms, int *status)
{
    pid_t whom = own_group ? -pid : pid;

    if (!ended(pid, 0)) {
        kill(whom, SIGTERM);
        if (!ended(pid, grace_ms))
            kill(whom, SIGKILL);
    }
    if (own_group) {
        ended(pid, -1);
        kill(whom, SIGKILL);
    }
    base_process_wait(pid, -1, status);
}

char *base_process_folder(void)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

    if (len <= 0)
        return base_strdup(".");
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    return slash && slash != path ? base_strndup(path, (size_t)(slash - path)) : base_strdup("/");
}

/* A parent that ended before this call cannot be told from one that was pid 1 all along; one that
 * ends between the two looks can. */
bool base_process_die_with_parent(void)
{
    pid_t parent = getppid();

    return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

/* vfork: a large program need not be copied first, nor any of its pages afterwards. Until it is another program the child has our
 * memory, so no handler of ours may run in it: all signals wait, and it lets them in again when it has none (child_signals). */
static pid_t start(const struct base_spawn *spawn, int report)
{
    sigset_t all, before;
    pid_t parent = getpid();

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t made = vfork();
    if (made == 0)
        child(spawn, parent, report);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return made;
}

/* Only calls that are safe after vfork in a program with threads; it writes to nothing but its own stack. */
static _Noreturn void child(const struct base_spawn *spawn, pid_t parent, int report)
{
    struct exec_failure why = {0};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    if (spawn->own_group)
        setpgid(0, 0);
    child_signals();
    if (spawn->directory && chdir(spawn->directory)) {
        why = (struct exec_failure){.error = errno, .directory = true};
    } else if (!child_fds(spawn)) {
        why.error = errno;
    } else {
        execve(spawn->argv[0], (char *const *)spawn->argv,
               spawn->env ? (char *const *)spawn->env : environ);
        why.error = errno;
    }
    (void)!write(report, &why, sizeof why);
    _exit(127);
}

/* Copies first, so that a pair such as (stdout: 2, stderr: 1) is not overwritten half-way. */
static bool child_fds(const struct base_spawn *spawn)
{
    int out = spawn->stdout_fd, error = spawn->stderr_fd;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0)
        return false;
    if (out >= 0 && (out = fcntl(out, F_DUPFD_CLOEXEC, FIRST_FREE_FD)) < 0)
        return false;
    if (error >= 0 && (error = fcntl(error, F_DUPFD_CLOEXEC, FIRST_FREE_FD)) < 0)
        return false;
    if ((out >= 0 && dup2(out, STDOUT_FILENO) < 0) ||
        (error >= 0 && dup2(error, STDERR_FILENO) < 0))
        return false;
    syscall(SYS_close_range, FIRST_FREE_FD, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
    return true;
}

static void child_signals(void)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGCHLD};
    sigset_t none;

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        signal(ours[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static enum base_status spawn_failed(const struct base_spawn *spawn, const struct exec_failure *why,
                                     struct base_error *err)
{
    const char *name = why->directory ? spawn->directory : spawn->argv[0];
    enum base_status status = why->error == ENOENT || why->error == ENOTDIR ? BASE_NOT_FOUND
                              : why->error == EACCES || why->error == EPERM ? BASE_DENIED
                                                                            : BASE_IO;
    return base_error_set(err, status, NULL, "cannot %s %s: %s", why->directory ? "enter" : "run",
                          name, strerror(why->error));
}

/* True when the child has ended; leaves it to be reaped. Also true for what is not a child of ours.
 */
static bool ended(pid_t pid, int real_ms)
{
    siginfo_t info = {0};

    if (real_ms > 0) {
        int fd = (int)syscall(SYS_pidfd_open, pid, 0);
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = real_ms, until = base_monotonic_ms() + real_ms;
        while (fd >= 0 && left > 0 && poll(&wait, 1, (int)left) < 0 && errno == EINTR)
            left = until - base_monotonic_ms();
        if (fd >= 0)
            close(fd);
    }
    int flags = WEXITED | WNOWAIT | (real_ms < 0 ? 0 : WNOHANG);
    while (waitid(P_PID, (id_t)pid, &info, flags) < 0)
        if (errno != EINTR)
            return true;
    return info.si_pid == pid;
}
