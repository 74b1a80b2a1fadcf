/* aks/pod_run.h: a pod that runs: its containers, their processes, probes and logs. Belongs to the kubelet's thread; what reads objects
 * takes the room's lock itself unless said otherwise. */
#ifndef AKS_POD_RUN_H
#define AKS_POD_RUN_H

#include "simulators/aks/kubelet.h"
#include "simulators/aks/nmi.h"

#include <sys/types.h>

#define AKS_CONTAINER_MAX 32
#define AKS_LEAST_GRACE_MS 2000 /* real */

enum aks_probe_use { AKS_STARTUP, AKS_LIVENESS, AKS_READINESS, AKS_PROBES };
enum aks_probe_kind { AKS_PROBE_NONE, AKS_PROBE_HTTP, AKS_PROBE_TCP, AKS_PROBE_OTHER };

struct aks_probe {
    enum aks_probe_kind kind;
    char *path;
    int64_t delay_ms, period_ms; /* clock */
    int timeout_ms;              /* real */
    int success_threshold, failure_threshold;
    int fd;              /* -1: no attempt under way */
    int64_t next_ms;     /* monotonic: next attempt */
    int64_t deadline_ms; /* monotonic: of the attempt under way */
    bool sent;
    int successes, failures; /* in a row */
    bool ever;               /* has succeeded in this run */
    char answer[64];
    size_t answer_len;
};

enum aks_container_phase { AKS_WAITING, AKS_RUNNING, AKS_TERMINATED };

struct aks_container {
    char *name, *image;
    bool init;
    enum aks_container_phase phase;
    pid_t pid;
    int pidfd;
    char id[80];            /* process://<32 hex>; "" before the first run */
    char *reason, *message; /* why it waits */
    int64_t try_ms;         /* clock: not before; of a waiting one */
    int failures;           /* restarts that count for the back-off */
    int pulls;              /* failed look-ups of the image */
    int restarts;
    int64_t started_ms, finished_ms; /* clock, of the present or last run */
    int64_t spawned_ms;              /* monotonic */
    int exit_code, exit_signal;
    char *exit_reason, *exit_message;
    cJSON *last; /* lastState.terminated; NULL: none */
    bool ready, started;
    int port;        /* HEALTH_PORT; 0: none */
    bool terming;    /* SIGTERM was sent */
    int64_t kill_ms; /* monotonic: SIGKILL then; 0: was sent */
    struct aks_probe probes[AKS_PROBES];
};

struct aks_pod_run {
    struct aks *aks;
    struct aks_cluster *cluster;
    struct aks_object *object; /* the newest version; held */
    char *ns, *name, *uid;
    char ip[16];
    int64_t start_ms; /* clock */
    struct aks_container containers[AKS_CONTAINER_MAX];
    size_t count;
    aks_nmi_t *nmi; /* NULL without the label */
    bool orphan;    /* its object is gone */
    bool ending;    /* being stopped */
    bool refused;   /* cannot be run at all: Failed */
    bool done;      /* nothing runs, nothing will */
    bool dirty;     /* the status must be written */
    struct aks_pod_run *next;
};

struct aks_pod_run *aks_pod_run_new(struct aks_cluster *cluster, struct aks_object *pod,
                                    unsigned number);
void aks_pod_run_free(struct aks_pod_run *run); /* no process may be left */
/* Moves everything that can move; returns the real milliseconds until it wants to be called again (-1: only when woken). */
int64_t aks_pod_run_step(struct aks_pod_run *run);
/* Begins to stop: SIGTERM, SIGKILL after `grace_ms` real. */
void aks_pod_run_end(struct aks_pod_run *run, int64_t grace_ms);
bool aks_pod_run_stopped(const struct aks_pod_run *run); /* no process is left */

/* kill.c: kills the pods that somebody waits to see killed. The kubelet's thread; takes the lock. */
struct aks_victim {
    const char *ns, *name;
    int killed; /* processes */
    bool done;
    struct aks_victim *next;
};
void aks_kill_victims(struct aks *aks, const struct aks_pod_run *runs);

/* container.c */
bool aks_container_start(struct aks_pod_run *run,
                         struct aks_container *container); /* false: waits, with a reason */
bool aks_container_reap(struct aks_container *container);  /* true when it has ended by now */
void aks_container_term(struct aks_container *container, int64_t grace_ms);
void aks_container_kill_due(struct aks_container *container);
void aks_container_waits(struct aks_pod_run *run, struct aks_container *container,
                         const char *reason, const char *fmt, ...) BASE_PRINTF(4, 5);
const cJSON *aks_container_spec(const struct aks_pod_run *run,
                                const struct aks_container *container);

/* environment.c: NULL-terminated, to be freed with aks_strings_free; NULL + *why (free it). */
char **aks_environment(const struct aks_pod_run *run, const struct aks_container *container,
                       char **why);
/* argv of the container: the program, then command (its first word aside) and args, $(VAR) expanded. */
char **aks_arguments(const struct aks_pod_run *run, const struct aks_container *container,
                     const char *program, char *const *env);
void aks_strings_free(char **strings);

/* probe.c: the probes of a spec; one step of a running container's probes. The return as of aks_pod_run_step. */
void aks_probes_read(struct aks_container *container, const cJSON *spec);
void aks_probes_reset(struct aks_container *container);
int64_t aks_probes_step(struct aks_pod_run *run, struct aks_container *container, bool *failed);
int aks_free_port(void); /* on 127.0.0.1; 0 when there is none */

/* pod_status.c */
void aks_pod_status_write(struct aks_pod_run *run); /* takes the lock */
cJSON *aks_terminated(const struct aks_container *container) BASE_MUST_USE;

/* pod_log.c: a file to append to; -1 when it cannot be opened. The log of the run before becomes the previous one. */
int aks_log_open(const struct aks_pod_run *run, const struct aks_container *container);
void aks_log_limit(const struct aks_pod_run *run,
                   const struct aks_container *container); /* cuts one that is too long */
void aks_log_forget_strangers(
    struct aks *aks); /* removes logs of pods that are not there; lock held */

/* An event about the pod. Takes the lock. */
void aks_pod_event(struct aks_pod_run *run, const char *type, const char *reason, const char *fmt,
                   ...) BASE_PRINTF(4, 5);

#endif
