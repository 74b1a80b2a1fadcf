/* aks/strategy.h: what is particular to writing each kind: defaults, server-set fields, rules. The functions are the kinds' table's
 * (kinds.c). Lock held. */
#ifndef AKS_STRATEGY_H
#define AKS_STRATEGY_H

#include "simulators/aks/room.h"

struct aks_change { /* one write under way */
    struct aks_cluster *cluster;
    const struct aks_kind *kind;
    const cJSON *old; /* NULL: a create */
    const char *sub;  /* "", "status", "finalize", ... */
    int64_t now_ms;
};

/* Defaults (defaults.c): what the server fills in. */
void aks_default_namespace(cJSON *body);
void aks_default_secret(cJSON *body);
void aks_default_pod(cJSON *body);
void aks_default_deployment(cJSON *body);
void aks_default_replica_set(cJSON *body);

/* Server-set and kept fields (prepare.c). */
void aks_prepare_namespace(const struct aks_change *change, cJSON *body);
void aks_prepare_node(const struct aks_change *change, cJSON *body);
void aks_prepare_pod(const struct aks_change *change, cJSON *body);
void aks_prepare_secret(const struct aks_change *change, cJSON *body);
void aks_prepare_workload(const struct aks_change *change, cJSON *body);
/* "Guaranteed", "Burstable" or "BestEffort". */
const char *aks_pod_qos(const cJSON *spec);

/* Rules (validate*.c). */
void aks_validate_meta(const struct aks_change *change, const cJSON *body,
                       struct aks_causes *causes);
void aks_validate_namespace(const struct aks_change *change, const cJSON *body,
                            struct aks_causes *causes);
void aks_validate_secret(const struct aks_change *change, const cJSON *body,
                         struct aks_causes *causes);
void aks_validate_config_map(const struct aks_change *change, const cJSON *body,
                             struct aks_causes *causes);
void aks_validate_event(const struct aks_change *change, const cJSON *body,
                        struct aks_causes *causes);
void aks_validate_pod(const struct aks_change *change, const cJSON *body,
                      struct aks_causes *causes);
void aks_validate_deployment(const struct aks_change *change, const cJSON *body,
                             struct aks_causes *causes);
void aks_validate_replica_set(const struct aks_change *change, const cJSON *body,
                              struct aks_causes *causes);
/* Helpers of the rules. */
void aks_validate_pod_spec(const cJSON *spec, const char *path, struct aks_causes *causes);
void aks_validate_volumes(const cJSON *spec, const char *path, struct aks_causes *causes);
void aks_validate_labels(const cJSON *labels, const char *path, struct aks_causes *causes);
void aks_validate_selector(const cJSON *selector, const char *path, struct aks_causes *causes);
/* A finalizer's name: qualified, and with a domain unless it is a standard one. */
void aks_validate_finalizer(const char *name, const char *path, bool indexed,
                            struct aks_causes *causes);
/* Adds each line of `wrong` (names.h) as an invalid value and releases it. */
void aks_causes_from_names(struct aks_causes *causes, const char *path, const char *value,
                           struct base_buf *wrong);
void aks_validate_not_negative(const cJSON *node, const char *member, const char *path,
                               struct aks_causes *causes);
/* `causes` unless the member is one of `values`. Absent counts as "". */
void aks_validate_one_of(const cJSON *node, const char *member, const char *path,
                         const char *const *values, struct aks_causes *causes);

/* Admission (admit.c): what a real server's plugins do between defaults and rules. */
bool aks_admit(const struct aks_change *change, cJSON *body, struct aks_fail *fail);

#endif
