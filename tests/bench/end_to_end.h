/* tests/bench/end_to_end.h: the parts of bench-end-to-end. Nothing here is thread-safe unless it says so. */
#ifndef TESTS_BENCH_END_TO_END_H
#define TESTS_BENCH_END_TO_END_H

#include "runner/cloud.h"

#include <stdatomic.h>

#define BENCH_STEP_MS 5000                    /* event time between two samples of a device */
#define BENCH_FIRST_MS INT64_C(1767600000000) /* event time of the first: 2026-01-05T08:00:00Z */
#define BENCH_SYSTEM "urn:iomt-lab:bench"

struct bench_settings {
    int64_t seconds, rate, devices, partitions;
    int64_t normalize_s, normalize_max, save_s, save_max; /* EventBatching of the two pods */
    bool compress; /* CollectorOptions__UseCompressionOnSend */
    const char *keep;
};

/* ---- end_to_end_cloud.c: everything that must be there before the first event ---- */

/* A cloud with an RP whose operator chose these batches, a hub, devices and patients, a connector with a running destination.
 * Says on stderr what it does. The caller stops the cloud, also after a failure. */
BASE_MUST_USE enum base_status bench_cloud_make(struct run_cloud *cloud,
                                                const struct bench_settings *settings,
                                                struct base_error *err);

/* ---- end_to_end_send.c: the one sender ---- */

struct bench_sender {
    struct run_cloud *cloud;
    const struct bench_settings *settings;
    atomic_llong sent;     /* events that the hub has taken; any thread */
    atomic_bool stop;      /* asks it to end; any thread */
    atomic_bool ended;     /* any thread */
    int64_t started_ms;    /* monotonic, of the first event; valid once `sent` is not 0 */
    struct base_error err; /* valid once it has ended */
};
/* A thread's main function; the context is the sender. Each device sends a sample in each round. */
void *bench_send_main(void *sender);
/* The value that a device sends in a round: what the check expects to find. */
int bench_value(int64_t device, int64_t round);

/* ---- end_to_end_measure.c: what the processes use and say ---- */

enum bench_process {
    BENCH_SENDER,
    BENCH_AZSIM,
    BENCH_RP,
    BENCH_NORMALIZE,
    BENCH_SAVE,
    BENCH_PROCESSES
};
struct bench_usage {
    double cpu_s;
    long rss_kb, peak_kb;
};
struct bench_watch {
    pid_t pids[BENCH_PROCESSES];
    int ports[BENCH_PROCESSES]; /* of /metrics; 0: none */
    base_http_client_t *http;   /* borrowed */
};
const char *bench_process_name(enum bench_process which);
/* Finds the processes of a cloud. BASE_NOT_FOUND: a pod is not there. */
BASE_MUST_USE enum base_status
bench_watch_open(struct bench_watch *watch, const struct run_cloud *cloud, struct base_error *err);
/* False: the process is gone. */
bool bench_usage_read(const struct bench_watch *watch, enum bench_process which,
                      struct bench_usage *out);
/* A counter of a pod, summed over its partitions; -1: it does not answer. */
long long bench_counter(const struct bench_watch *watch, enum bench_process which,
                        const char *name);

/* ---- end_to_end_check.c: what has become of it ---- */

struct bench_found {
    long long samples, wrong, doubled, observations;
};
/* Reads all Observations and compares each sample with what was sent; so many rounds were sent by each device. */
BASE_MUST_USE enum base_status bench_check(struct run_cloud *cloud,
                                           const struct bench_settings *settings, int64_t rounds,
                                           struct bench_found *out, struct base_error *err);

#endif
