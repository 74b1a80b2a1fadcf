/* Decides whether a container is ready and alive: its startup, liveness and readiness probes, without blocking.
 *
 * Waits between attempts are clock time, but never shorter than LEAST_*_MS: on a fast clock a process must still get the time to start. */
#include "simulators/aks/pod_run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LEAST_READINESS_MS 100 /* real */
#define LEAST_LIVENESS_MS 1000
#define SETTLE_MS                                                                                  \
    10000 /* real; on a fast clock, before the first success, failures count only after this */

static const char *const members[AKS_PROBES] = {"startupProbe", "livenessProbe", "readinessProbe"};
static const char *const words[AKS_PROBES] = {"Startup", "Liveness", "Readiness"};

static void read_probe(struct aks_probe *probe, const cJSON *spec);
static int64_t pause_of(const struct aks_container *container, const struct aks_probe *probe,
                        enum aks_probe_use use, const struct base_clock *clock);
static void begin(struct aks_container *container, struct aks_probe *probe);
static bool go_on(struct aks_container *container, struct aks_probe *probe, bool *success,
                  char *why, size_t len);
static bool http_go_on(struct aks_container *container, struct aks_probe *probe, bool *success,
                       char *why, size_t len);
static bool judge(struct aks_pod_run *run, struct aks_container *container, enum aks_probe_use use,
                  bool success, const char *why);
static void end_attempt(struct aks_probe *probe);

void aks_probes_read(struct aks_container *container, const cJSON *spec)
{
    bool any = false;

    for (int use = 0; use < AKS_PROBES; use++) {
        read_probe(&container->probes[use], cJSON_GetObjectItemCaseSensitive(spec, members[use]));
        any = any || container->probes[use].kind == AKS_PROBE_HTTP ||
              container->probes[use].kind == AKS_PROBE_TCP;
    }
    if (any)
        container->port = aks_free_port();
}

void aks_probes_reset(struct aks_container *container)
{
    for (int use = 0; use < AKS_PROBES; use++) {
        struct aks_probe *probe = &container->probes[use];
        end_attempt(probe);
        probe->next_ms = probe->successes = probe->failures = 0;
        probe->ever = false;
    }
    container->started = container->probes[AKS_STARTUP].kind == AKS_PROBE_NONE;
    container->ready = container->started &&
                       container->probes[AKS_READINESS].kind == AKS_PROBE_NONE &&
                       container->phase == AKS_RUNNING;
}

/* The startup probe holds the other two back until it succeeded once. */
int64_t aks_probes_step(struct aks_pod_run *run, struct aks_container *container, bool *failed)
{
    const struct base_clock *clock = sim_world_clock(run->aks->world);
    int64_t soonest = -1;

    *failed = false;
    for (int use = 0; use < AKS_PROBES && !*failed; use++) {
        struct aks_probe *probe = &container->probes[use];
        int64_t now = base_monotonic_ms();
        char why[160] = "";
        bool success;
        if (probe->kind == AKS_PROBE_NONE || (use == AKS_STARTUP) == container->started)
            continue;
        if (!probe->next_ms)
            probe->next_ms = now + base_clock_real(clock, probe->delay_ms);
        if (probe->fd < 0 && now >= probe->next_ms)
            begin(container, probe);
        if (probe->deadline_ms && go_on(container, probe, &success, why, sizeof why)) {
            end_attempt(probe);
            probe->next_ms = now + pause_of(container, probe, (enum aks_probe_use)use, clock);
            *failed = judge(run, container, (enum aks_probe_use)use, success, why);
        }
        int64_t wait = probe->deadline_ms ? 10 : probe->next_ms > now ? probe->next_ms - now : 1;
        if (soonest < 0 || wait < soonest)
            soonest = wait;
    }
    return soonest;
}

int aks_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;

    if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof address) &&
        !getsockname(fd, (struct sockaddr *)&address, &len))
        port = ntohs(address.sin_port);
    if (fd >= 0)
        close(fd);
    return port;
}

static void read_probe(struct aks_probe *probe, const cJSON *spec)
{
    const char *path = base_json_text(spec, "httpGet.path");

    *probe = (struct aks_probe){.fd = -1};
    if (!spec)
        return;
    probe->kind = cJSON_GetObjectItemCaseSensitive(spec, "httpGet")     ? AKS_PROBE_HTTP
                  : cJSON_GetObjectItemCaseSensitive(spec, "tcpSocket") ? AKS_PROBE_TCP
                                                                        : AKS_PROBE_OTHER;
    probe->path = base_strdup(path ? path : "/");
    probe->delay_ms = (int64_t)base_json_number(spec, "initialDelaySeconds", 0) * 1000;
    probe->period_ms = (int64_t)base_json_number(spec, "periodSeconds", 10) * 1000;
    probe->timeout_ms = (int)base_json_number(spec, "timeoutSeconds", 1) * 1000;
    probe->success_threshold = (int)base_json_number(spec, "successThreshold", 1);
    probe->failure_threshold = (int)base_json_number(spec, "failureThreshold", 3);
}

/* Until a container is ready for the first time it is asked more often, as kubelet does with one that just started. */
static int64_t pause_of(const struct aks_container *container, const struct aks_probe *probe,
                        enum aks_probe_use use, const struct base_clock *clock)
{
    int64_t pause = base_clock_real(clock, probe->period_ms),
            least = use == AKS_READINESS ? LEAST_READINESS_MS : LEAST_LIVENESS_MS;

    if (use != AKS_LIVENESS && !container->ready && pause > LEAST_LIVENESS_MS)
        pause = LEAST_LIVENESS_MS;
    return pause > least ? pause : least;
}

static void begin(struct aks_container *container, struct aks_probe *probe)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)container->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    probe->deadline_ms = base_monotonic_ms() + probe->timeout_ms;
    probe->sent = false;
    probe->answer_len = 0;
    if (probe->kind == AKS_PROBE_OTHER)
        return;
    probe->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe->fd >= 0)
        (void)!connect(probe->fd, (struct sockaddr *)&address, sizeof address);
}

/* True when the attempt is over. */
static bool go_on(struct aks_container *container, struct aks_probe *probe, bool *success,
                  char *why, size_t len)
{
    struct pollfd ready = {.fd = probe->fd, .events = probe->sent ? POLLIN : POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;

    *success = false;
    if (probe->kind == AKS_PROBE_OTHER) {
        snprintf(why, len,
                 "exec and grpc probes are not supported: containers are plain processes");
        return true;
    }
    if (probe->fd < 0) {
        snprintf(why, len, "no socket: %s", strerror(errno));
        return true;
    }
    if (poll(&ready, 1, 0) <= 0) {
        snprintf(why, len, "no answer from 127.0.0.1:%d within %d ms", container->port,
                 probe->timeout_ms);
        return base_monotonic_ms() >= probe->deadline_ms;
    }
    if (!probe->sent && !getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &error, &size) && error) {
        snprintf(why, len, "dial tcp 127.0.0.1:%d: connect: %s", container->port, strerror(error));
        return true;
    }
    *success = probe->kind == AKS_PROBE_TCP;
    return *success || http_go_on(container, probe, success, why, len);
}

static bool http_go_on(struct aks_container *container, struct aks_probe *probe, bool *success,
                       char *why, size_t len)
{
    char request[512];
    int code = 0;

    if (!probe->sent) {
        int size = snprintf(request, sizeof request,
                            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: "
                            "kube-probe/1.31\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                            probe->path, container->port);
        probe->sent = true;
        snprintf(why, len, "the request could not be sent");
        return size >= (int)sizeof request ||
               send(probe->fd, request, (size_t)size, MSG_NOSIGNAL) != size;
    }
    ssize_t got = recv(probe->fd, probe->answer + probe->answer_len,
                       sizeof probe->answer - 1 - probe->answer_len, 0);
    if (got < 0 && errno == EAGAIN)
        return false;
    probe->answer_len += got > 0 ? (size_t)got : 0;
    probe->answer[probe->answer_len] = '\0';
    if (got > 0 && probe->answer_len < sizeof "HTTP/1.1 200" - 1)
        return false;
    *success = sscanf(probe->answer, "HTTP/%*d.%*d %d", &code) == 1 && code >= 200 && code < 400;
    if (code)
        snprintf(why, len, "HTTP probe failed with statuscode: %d", code);
    else
        snprintf(why, len, "127.0.0.1:%d does not answer in HTTP", container->port);
    return true;
}

static bool settling(const struct aks_pod_run *run, const struct aks_container *container,
                     const struct aks_probe *probe)
{
    return sim_world_clock(run->aks->world)->rate > 1 && !probe->ever &&
           base_monotonic_ms() - container->spawned_ms < SETTLE_MS;
}

/* True when the container must be killed. */
static bool judge(struct aks_pod_run *run, struct aks_container *container, enum aks_probe_use use,
                  bool success, const char *why)
{
    struct aks_probe *probe = &container->probes[use];
    bool was_ready = container->ready, was_started = container->started;

    probe->successes = success ? probe->successes + 1 : 0;
    probe->failures = success || settling(run, container, probe) ? 0 : probe->failures + 1;
    probe->ever = probe->ever || success;
    if (!success)
        aks_pod_event(run, "Warning", "Unhealthy", "%s probe failed: %s", words[use], why);
    if (use == AKS_STARTUP && probe->successes >= probe->success_threshold) {
        container->started = true;
        container->ready = container->probes[AKS_READINESS].kind == AKS_PROBE_NONE;
    }
    if (use == AKS_READINESS && probe->successes >= probe->success_threshold)
        container->ready = true;
    if (use == AKS_READINESS && probe->failures >= probe->failure_threshold)
        container->ready = false;
    run->dirty = run->dirty || container->ready != was_ready || container->started != was_started;
    if (use == AKS_READINESS || probe->failures < probe->failure_threshold)
        return false;
    aks_pod_event(run, "Normal", "Killing", "Container %s failed %s probe, will be restarted",
                  container->name, use == AKS_LIVENESS ? "liveness" : "startup");
    return true;
}

static void end_attempt(struct aks_probe *probe)
{
    if (probe->fd >= 0)
        close(probe->fd);
    probe->fd = -1;
    probe->deadline_ms = 0;
}
