/* reference/pods/settings.h: what a pod is told: environment words under the open-source connector's own names, and ours.
 * Each has a flag as well; --help lists all from the one table in settings.c. Source: facts/iomt-dataplane.md §10. */
#ifndef REFERENCE_PODS_SETTINGS_H
#define REFERENCE_PODS_SETTINGS_H

#include "common/options.h"
#include "reference/dataplane/store.h"

enum pod_kind { POD_NORMALIZATION = 1, POD_DESTINATION = 2 };

struct pod_hub_settings {
    const char *auth;      /* NULL, "ManagedIdentity" or "ConnectionString" */
    const char *namespace; /* fully qualified */
    const char *hub;
    const char *group;      /* NULL: $Default */
    const char *connection; /* a connection string, for "ConnectionString" */
};

struct pod_settings { /* texts belong to the environment and the arguments */
    enum pod_kind kind;
    struct pod_hub_settings
        input; /* normalization: the customer's hub; destination: the normalized one */
    struct pod_hub_settings normalized; /* normalization only: where measurements go */
    int64_t flush_s, idle_s, max_events, max_events_all;
    const char *checkpoint_prefix, *checkpoint_container;
    const char *template_container, *template_name;
    bool discard;  /* DiscardMatchAndExtractErrors */
    bool compress; /* groups of measurements to the normalized hub */
    struct dp_identity identity;
    const char *fhir_url;
    int64_t observations_max; /* entries of the observation cache */
    const char *certificate_uri, *client_id, *tenant_id,
        *authority;                 /* the external identity; all NULL: none */
    const char *internal_client_id; /* NULL: system-assigned */
    int64_t health_port;
    const char *replica;         /* this replica's name; NULL: one is made up */
    int64_t balance_s, expiry_s; /* of partition ownership; clock */
    int64_t stop_s;              /* real: for the batches at hand when the program stops */
    const char *log_level;
    /* as written, before they are checked */
    const char *policy, *identity_mode, *storage_auth, *template_auth, *compression, *locking;
};

/* Reads environment and arguments and checks everything. *done: --help or --version was printed. BASE_INVALID with one sentence
 * that names the setting. */
BASE_MUST_USE enum base_status pod_settings_read(struct pod_settings *settings, enum pod_kind kind,
                                                 int argc, char **argv, bool *done,
                                                 struct base_error *err);
const char *pod_program_name(enum pod_kind kind); /* "iomt-normalization", "iomt-destination" */
/* First part of checkpoint names: "Normalization", "MeasurementToFhir". */
const char *pod_app_type(enum pod_kind kind);

#endif
