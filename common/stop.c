/* Decides how a program learns that it should stop: a pipe that becomes readable and stays so. */
#include "common/process.h"

#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static int ends[2] = {-1, -1};
static atomic_bool asked;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_pipe(void);
static void on_signal(int number);

int base_stop_fd(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    pthread_once(&once, make_pipe);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    base_ignore_sigpipe();
    return ends[0];
}

bool base_stopping(void)
{
    return atomic_load(&asked);
}

void base_stop_request(void)
{
    pthread_once(&once, make_pipe);
    on_signal(0);
}

bool base_stop_wait(int real_ms)
{
    int64_t until = base_monotonic_ms() + real_ms;

    pthread_once(&once, make_pipe);
    for (;;) {
        struct pollfd wait = {.fd = ends[0], .events = POLLIN};
        int64_t left = real_ms < 0 ? -1 : until - base_monotonic_ms();
        if (real_ms >= 0 && left < 0)
            left = 0;
        if (poll(&wait, 1, (int)left) >= 0 || errno != EINTR)
            return base_stopping();
    }
}

void base_ignore_sigpipe(void)
{
    struct sigaction now;

    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static void make_pipe(void)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        BUG("no pipe for the stop signal");
}

static void on_signal(int number)
{
    int keep = errno;

    (void)number;
    if (!atomic_exchange(&asked, true))
        (void)!write(ends[1], "x", 1);
    errno = keep;
}
