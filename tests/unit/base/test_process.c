/* Children start, fail to start, end and never outlive us; stops are seen. */
#include "common/process.h"

#include "common/clock.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHELL(script) ((const char *const[]){"/bin/sh", "-c", (script), NULL})

/* All that a shell script writes on stdout, until every writer is gone. */
static char *output_of(struct base_spawn *spawn, pid_t *pid)
{
    struct base_buf text = {0};
    struct base_error err = {0};
    int ends[2];
    char part[256];
    ssize_t got;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    spawn->stdout_fd = ends[1];
    if (base_process_spawn(spawn, pid, &err) != BASE_OK)
        fail_msg("%s", err.message);
    close(ends[1]);
    base_buf_append(&text, "", 0);
    while ((got = read(ends[0], part, sizeof part)) > 0)
        base_buf_append(&text, part, (size_t)got);
    close(ends[0]);
    return base_buf_take(&text);
}

static void a_child_runs_as_asked(void **state)
{
    static const char *const env[] = {"GREETING=hello", NULL};
    struct base_spawn spawn = {.argv = SHELL("echo $GREETING; pwd; cat; echo err >&2; exit 7"),
                               .env = env,
                               .directory = "/usr",
                               .stderr_fd = -1};
    pid_t pid;
    int status = 0;

    (void)state;
    char *text = output_of(&spawn, &pid);
    assert_string_equal(text, "hello\n/usr\n"); /* cat: stdin is empty */
    free(text);
    assert_true(base_process_wait(pid, -1, &status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void one_pipe_may_take_both_outputs(void **state)
{
    int ends[2];
    char got[64] = "";
    pid_t pid;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct base_spawn spawn = {
        .argv = SHELL("echo a; echo b >&2"), .stdout_fd = ends[1], .stderr_fd = ends[1]};
    assert_int_equal(base_process_spawn(&spawn, &pid, NULL), BASE_OK);
    assert_true(base_process_wait(pid, -1, NULL));
    assert_int_equal(read(ends[0], got, sizeof got), 4);
    assert_string_equal(got, "a\nb\n");
    close(ends[0]);
    close(ends[1]);
}

static void no_descriptor_leaks_into_a_child(void **state)
{
    int stray = open("/dev/null", O_RDONLY); /* without close-on-exec */
    struct base_spawn spawn = {.argv = SHELL("exec ls /proc/self/fd"), .stderr_fd = -1};
    pid_t pid;

    (void)state;
    char *text = output_of(&spawn, &pid);
    assert_true(base_process_wait(pid, -1, NULL));
    assert_string_equal(text, "0\n1\n2\n3\n"); /* 3: the folder that ls reads */
    free(text);
    close(stray);
}

static void a_child_has_the_usual_signals(void **state)
{
    struct base_spawn spawn = {.argv = SHELL("exec grep '^Sig' /proc/self/status"),
                               .stderr_fd = -1};
    sigset_t block, old;
    pid_t pid;

    (void)state;
    base_ignore_sigpipe();
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, &old);
    char *text = output_of(&spawn, &pid);
    sigprocmask(SIG_SETMASK, &old, NULL);
    assert_true(base_process_wait(pid, -1, NULL));
    const char *ignored = strstr(text, "SigIgn:\t"), *blocked = strstr(text, "SigBlk:\t");
    assert_int_equal(strtoull(ignored + 8, NULL, 16) & 1u << (SIGPIPE - 1), 0);
    assert_int_equal(strtoull(blocked + 8, NULL, 16), 0);
    free(text);
}

static void failures_to_start_are_told(void **state)
{
    static const struct {
        const char *const argv[2];
        const char *directory;
        enum base_status status;
    } cases[] = {
        {{"/nowhere/program"}, NULL, BASE_NOT_FOUND},
        {{"/etc/passwd"}, NULL, BASE_DENIED},
        {{"/bin/true"}, "/nowhere", BASE_NOT_FOUND},
        {{"/etc/passwd/x"}, NULL, BASE_NOT_FOUND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_spawn spawn = {.argv = cases[i].argv,
                                   .directory = cases[i].directory,
                                   .stdout_fd = -1,
                                   .stderr_fd = -1};
        struct base_error err = {0};
        pid_t pid = 1;
        assert_int_equal(base_process_spawn(&spawn, &pid, &err), cases[i].status);
        assert_non_null(
            strstr(err.message, cases[i].directory ? cases[i].directory : cases[i].argv[0]));
        assert_int_equal(pid, 0);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* none is left to reap */
    assert_int_equal(errno, ECHILD);
}

static void waiting_has_an_end(void **state)
{
    struct base_spawn spawn = {.argv = SHELL("exec sleep 60"), .stdout_fd = -1, .stderr_fd = -1};
    pid_t pid;
    int status = 0;

    (void)state;
    assert_int_equal(base_process_spawn(&spawn, &pid, NULL), BASE_OK);
    assert_false(base_process_wait(pid, 0, &status));
    int64_t before = base_monotonic_ms();
    assert_false(base_process_wait(pid, 50, &status));
    assert_true(base_monotonic_ms() - before >= 49);
    before = base_monotonic_ms();
    base_process_stop(pid, false, 10000, &status);
    assert_true(base_monotonic_ms() - before < 5000);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static bool alive(pid_t pid)
{
    return kill(pid, 0) == 0;
}

/* Orphans are reaped by init (or whoever stands in for it), perhaps a moment later; a zombie counts
 * as gone. */
static bool gone_soon(pid_t pid)
{
    char path[64], text[256];

    for (int i = 0; i < 500; i++) {
        snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
        if (fd >= 0)
            close(fd);
        text[len > 0 ? len : 0] = '\0';
        if (len <= 0 || strstr(text, ") Z ") || strstr(text, ") X "))
            return true;
        poll(NULL, 0, 10);
    }
    return false;
}

static pid_t pid_in(const char *text)
{
    int64_t number = 0;
    char *line = base_strndup(text, strcspn(text, "\n"));
    assert_true(base_parse_int64(line, &number));
    free(line);
    return (pid_t)number;
}

static void a_stop_reaches_the_whole_group(void **state)
{
    struct base_spawn spawn = {.argv = SHELL("trap '' TERM; (trap '' TERM; sleep 100 >/dev/null) "
                                             ">/dev/null 2>&1 & echo $!; exec >/dev/null; wait"),
                               .stderr_fd = -1,
                               .own_group = true};
    pid_t pid;
    int status = 0;

    (void)state;
    char *text = output_of(&spawn, &pid);
    pid_t grandchild = pid_in(text);
    free(text);
    assert_true(alive(grandchild));
    base_process_stop(pid, true, 50, &status);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_true(gone_soon(grandchild));
}

static void grandchildren_go_when_the_leader_went(void **state)
{
    struct base_spawn spawn = {
        .argv = SHELL("sleep 100 >/dev/null 2>&1 & echo $!"), .stderr_fd = -1, .own_group = true};
    pid_t pid;
    int status = -1;

    (void)state;
    char *text = output_of(&spawn, &pid);
    base_process_stop(pid, true, 1000, &status);
    assert_int_equal(status, 0);
    assert_true(gone_soon(pid_in(text)));
    free(text);
}

/* A middle process makes a child and is killed: the child must go too. */
static void children_die_with_their_parent(void **state)
{
    int ends[2];
    pid_t child = 0;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t middle = fork();
    if (middle == 0) {
        struct base_spawn spawn = {
            .argv = SHELL("trap '' TERM; exec sleep 100"), .stdout_fd = -1, .stderr_fd = -1};
        if (base_process_spawn(&spawn, &child, NULL) == BASE_OK)
            (void)!write(ends[1], &child, sizeof child);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ends[0], &child, sizeof child), sizeof child);
    assert_true(alive(child));
    kill(middle, SIGKILL);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    assert_true(gone_soon(child));
    close(ends[0]);
    close(ends[1]);
}

static void a_program_may_die_with_its_parent(void **state)
{
    int ends[2];
    pid_t child = 0;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t middle = fork();
    if (middle == 0) {
        if (fork() == 0) {
            child = base_process_die_with_parent() ? getpid() : -1;
            (void)!write(ends[1], &child, sizeof child);
        }
        pause();
        _exit(0);
    }
    assert_int_equal(read(ends[0], &child, sizeof child), sizeof child);
    assert_true(child > 0);
    kill(middle, SIGKILL);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    assert_true(gone_soon(child));
    close(ends[0]);
    close(ends[1]);
}

static void the_folder_is_this_programs(void **state)
{
    char *folder = base_process_folder();

    (void)state;
    assert_int_equal(folder[0], '/');
    assert_true(base_ends_nocase(folder, "/unit"));
    free(folder);
}

/* In a child, since a stop cannot be taken back. `cause`: 0 asks from inside, else a signal. */
static int stopped_by(int cause)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        int fd = base_stop_fd();
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        bool early = base_stopping() || base_stop_wait(0) || poll(&wait, 1, 0) != 0;
        if (cause)
            raise(cause);
        else
            base_stop_request();
        base_stop_request();
        bool seen =
            base_stop_wait(-1) && base_stop_wait(0) && base_stopping() && poll(&wait, 1, 0) == 1;
        raise(SIGPIPE); /* ignored */
        _exit(!early && seen ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    return status;
}

static void stops_are_seen(void **state)
{
    (void)state;
    assert_int_equal(stopped_by(SIGTERM), 0);
    assert_int_equal(stopped_by(SIGINT), 0);
    assert_int_equal(stopped_by(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_runs_as_asked),
        cmocka_unit_test(one_pipe_may_take_both_outputs),
        cmocka_unit_test(no_descriptor_leaks_into_a_child),
        cmocka_unit_test(a_child_has_the_usual_signals),
        cmocka_unit_test(failures_to_start_are_told),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(a_stop_reaches_the_whole_group),
        cmocka_unit_test(grandchildren_go_when_the_leader_went),
        cmocka_unit_test(children_die_with_their_parent),
        cmocka_unit_test(a_program_may_die_with_its_parent),
        cmocka_unit_test(the_folder_is_this_programs),
        cmocka_unit_test(stops_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
