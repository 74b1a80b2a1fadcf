/* common/process.h: child programs that never outlive us, and orderly stops. */
#ifndef COMMON_PROCESS_H
#define COMMON_PROCESS_H

#include "common/mem.h"

#include <sys/types.h>

struct base_spawn {
    const char *const *argv;  /* NULL-terminated; argv[0] is a path */
    const char *const *env;   /* NULL-terminated "NAME=value"; NULL: ours */
    const char *directory;    /* NULL: ours */
    int stdout_fd, stderr_fd; /* -1: inherit; several may share one */
    bool
        own_group; /* makes it a process-group leader, so that base_process_kill reaches its children */
};
/* Starts a child with a parent-death signal (SIGKILL): it dies with the process that made it. A close-on-exec pipe
 * reports exec failures: BASE_NOT_FOUND, BASE_DENIED, BASE_IO. Must be called from a thread that lives as long as the child (the
 * death signal follows the thread); when in doubt from main. */
BASE_MUST_USE enum base_status base_process_spawn(const struct base_spawn *spawn, pid_t *pid,
                                                  struct base_error *err);
/* Waits up to real_ms (-1: for ever; 0: looks). True when it ended; *status as of waitpid. */
bool base_process_wait(pid_t pid, int real_ms, int *status);
/* SIGTERM to the child (its group when own_group), SIGKILL after grace_ms; reaps it. */
void base_process_stop(pid_t pid, bool own_group, int grace_ms, int *status);
/* Folder of the running program ("/x/build/bin"), to find its siblings. Release with free(). */
char *base_process_folder(void) BASE_MUST_USE;
/* Ends this process with SIGTERM when its parent dies (prctl PR_SET_PDEATHSIG); true unless the parent is gone already. */
bool base_process_die_with_parent(void);

/* SIGINT/SIGTERM handling: call first thing in main, before threads. Returns an fd that becomes readable when the program
 * should stop (stays readable). SIGPIPE is ignored. */
int base_stop_fd(void);
bool base_stopping(void);         /* a stop was asked for */
void base_stop_request(void);     /* asks for one from inside; any thread */
bool base_stop_wait(int real_ms); /* waits; true when a stop was asked for; -1: for ever */
/* Ignores SIGPIPE unless somebody handles it: what writes to sockets through a library calls it. Any thread. */
void base_ignore_sigpipe(void);

#endif
