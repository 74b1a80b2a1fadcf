/* reference/pods/pod.h: what all parts of a pod share: settings, clock, clients, identities, counters. */
#ifndef REFERENCE_PODS_POD_H
#define REFERENCE_PODS_POD_H

#include "azure/blob.h"
#include "azure/credential.h"
#include "reference/pods/identity.h"
#include "reference/pods/metrics.h"
#include "reference/pods/reason.h"

#include <pthread.h>
#include <stdatomic.h>

/* How often something happened since the start. Any thread. */
enum pod_counter {
    POD_EVENTS,       /* received and handed on */
    POD_BYTES,        /* of their bodies */
    POD_BATCHES,      /* flushed and checkpointed */
    POD_MEASUREMENTS, /* made (normalization) or read (destination) */
    POD_DROPPED,      /* events that no template matched */
    POD_POISONED,     /* events or groups skipped or blocking: each has a line in the log */
    POD_CREATED,      /* Observations */
    POD_UPDATED,
    POD_UNCHANGED,
    POD_RETRIES,  /* batches tried again */
    POD_REFUSALS, /* calls refused for want of a role or credential */
    POD_COUNTERS
};

/* What a pod talks to: each with its role, its identity, its words (table in pod.c). */
enum pod_part {
    POD_PART_INPUT,
    POD_PART_NORMALIZED,
    POD_PART_TEMPLATES,
    POD_PART_CHECKPOINTS,
    POD_PART_VAULT,
    POD_PART_FHIR,
    POD_PARTS
};

struct pod {
    struct pod_settings settings;
    struct base_clock clock;
    base_random_t *random;
    base_http_client_t *http;
    base_http_client_t
        *store; /* of checkpoints and ownership: goes on when a stop cancels `http` */
    struct az_client az;
    az_credential_t *internal;
    pod_identity_t *external; /* NULL: the internal identity does all */
    struct az_container checkpoints, templates;
    atomic_llong counters[POD_COUNTERS]; /* all partitions together, for /healthz */
    struct pod_metrics metrics;          /* by partition, for /metrics */
    atomic_bool running;                 /* partitions are being read */
    struct { /* what the log knows of each part: partitions share their troubles */
        int attempts;
        char code[64];
    } said[POD_PARTS];
    pthread_mutex_t said_lock;
};

/* settings are there already, clock too; a `http` that is there is taken over and does all (tests). Makes clients; calls nobody. */
void pod_open(struct pod *pod);
void pod_close(struct pod *pod);
void pod_count(struct pod *pod, enum pod_counter counter, long long add);
/* Before the input is asked for anything: the certificate is there, so that a missing right on the vault is not taken for one on
 * the hub. *part: whom to blame, for a failure and for what comes next. Fails as pod_identity_acquire. Blocks. */
BASE_MUST_USE enum base_status pod_input_ready(struct pod *pod, enum pod_part *part,
                                               struct base_error *err);

/* What may fail again and again in one thread: said once in a readable line (once for all partitions that meet the same), and
 * again ever more rarely; waits in between
 * (0.5 s, doubled, at most 5 s of the clock; for a batch 2 s, doubled, at most 30 s: facts/iomt-dataplane.md §7.4; Retry-After is
 * honoured). */
struct pod_trouble {
    struct pod *pod;
    bool batch;         /* a batch is tried again */
    enum pod_part part; /* what failed last */
    int attempts;
};
/* Logs and waits. False: the program is to stop. */
bool pod_trouble_wait(struct pod_trouble *trouble, enum pod_part part,
                      const struct base_error *err);
/* It worked: says so if it had failed before. */
void pod_trouble_over(struct pod_trouble *trouble);
/* Says once that something failed; for what is not tried again. */
void pod_trouble_note(struct pod *pod, enum pod_part part, const struct base_error *err);

#endif
