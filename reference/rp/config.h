/* reference/rp/config.h: the RP's whole configuration, read from one JSON file. The table in
 * config.c is the one list of its members: it gives defaults, checks, --help and --print-config. An
 * unknown member is an error that names itself. */
#ifndef REFERENCE_RP_CONFIG_H
#define REFERENCE_RP_CONFIG_H

#include "common/clock.h"
#include "common/json.h"

struct rp_texts { /* a list of strings */
    const char **items;
    size_t count;
};

struct rp_pool_item { /* one thing that capacity is handed out from */
    const char *id;   /* subscription GUID, or ARM resource id of the cluster or Key Vault */
    const char *uri;  /* Key Vault: "https://kv1.vault.azure.net"; "" for the others */
    int64_t most;     /* workspaces it may carry; 0: no limit */
};
struct rp_pool {
    struct rp_pool_item *items;
    size_t count;
};
struct rp_region {
    const char *name;         /* "westus2", as answers show it */
    const char *display_name; /* "West US 2" */
    struct rp_texts aliases;  /* further spellings: "US West 2" */
    struct rp_pool subscriptions, clusters, vaults;
};

struct rp_pod_config { /* one kind of pod */
    const char *image;
    int64_t replicas;
    int64_t flush_seconds;    /* EventBatching__FlushTimespan */
    int64_t idle_seconds;     /* EventBatching__IdleTimespan */
    int64_t max_events;       /* EventBatching__MaxEvents */
    const cJSON *environment; /* further variables: an object of strings; NULL: none */
};

struct rp_config {
    struct base_arena arena; /* owns all texts and arrays */
    cJSON *document;         /* the file with the defaults filled in */

    /* front end: paths are absolute, or relative to the configuration file's folder */
    const char *certificate_file, *key_file, *client_ca_file; /* PEM */
    struct rp_texts client_subjects;                          /* common names that are served */
    int64_t retry_after_s, body_max;
    int64_t page_size; /* resources a page of a list */

    /* the RP's own first-party application */
    const char *tenant_id, *client_id, *credential_file; /* PEM: private key and certificate */
    const char *authority;                               /* "https://login.microsoftonline.com" */
    const char *identity_audience;     /* token audience of the identity data plane */
    struct rp_texts identity_suffixes; /* hosts that x-ms-identity-url may name */

    const char *arm_endpoint;

    struct rp_region *regions;
    size_t region_count;

    int64_t connectors_per_workspace, destinations_per_connector;
    struct rp_texts event_hub_suffixes, fhir_suffixes, fhir_server_urls;

    int64_t normalized_partitions, normalized_retention_days;

    struct rp_pod_config normalization, destination;
    int64_t progress_deadline_s, grace_s, health_port;
    const char *health_path;

    int64_t workers, lease_s, poll_ms, retry_first_ms, retry_most_ms, attempts, dequeues,
        operation_timeout_s, call_timeout_s, reconcile_s;
};

/* Reads and checks the file; `overlay` (NULL: none) is a second one whose members stand over it (JSON merge patch, RFC 7396), for
 * what an operator wants different in one place. Relative paths of both start at the first one's folder. Every fault found is named by its member ("worker.threads: ..."), the
 * first in err. Fails: BASE_INVALID, or what base_file_read gives. Release with rp_config_release,
 * also after a failure. */
BASE_MUST_USE enum base_status rp_config_load(const char *path, const char *overlay,
                                              struct rp_config *config, struct base_error *err);
/* The same from a parsed document (consumed); `folder` is what relative paths start from. */
BASE_MUST_USE enum base_status rp_config_read(cJSON *document, const char *folder,
                                              struct rp_config *config, struct base_error *err);
void rp_config_release(struct rp_config *config);

/* "member (default): meaning", a line each, for --help. Append to `out`. */
void rp_config_help(struct base_buf *out);

/* The region of a spelling: names, display names and aliases, blanks and case ignored. NULL:
 * unknown. */
const struct rp_region *rp_config_region(const struct rp_config *config, const char *spelling);

/* True when `host` is "<label>.<suffix>" or "<labels>.<suffix>" for one of `suffixes`. Case
 * ignored. */
bool rp_config_host_allowed(const struct rp_texts *suffixes, const char *host);

#endif
