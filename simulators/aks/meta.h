/* aks/meta.h: the parts every object has: metadata, owners, finalizers, conditions. Pure; any thread. */
#ifndef AKS_META_H
#define AKS_META_H

#include "common/clock.h"
#include "common/json.h"

#define AKS_NAME_SUFFIX 5
#define AKS_FOREGROUND "foregroundDeletion"
#define AKS_ORPHAN "orphan"

cJSON *aks_metadata(cJSON *body);                               /* made when missing */
const char *aks_meta(const cJSON *body, const char *field);     /* metadata.field; "" when absent */
const char *aks_label(const cJSON *body, const char *key);      /* NULL when absent */
const char *aks_annotation(const cJSON *body, const char *key); /* NULL when absent */
void aks_annotate(cJSON *body, const char *key, const char *value);
/* metadata.labels or annotations, made when missing. */
cJSON *aks_metadata_map(cJSON *body, const char *name);
/* The object at a member, made when missing. */
cJSON *aks_member(cJSON *node, const char *name);
bool aks_deleting(const cJSON *body);

/* Owner references. */
const cJSON *aks_controller_of(const cJSON *body); /* the one with controller: true; NULL */
bool aks_controlled_by(const cJSON *body, const char *uid);
/* A reference with controller and blockOwnerDeletion set, to `owner`. */
cJSON *aks_owner_reference(const cJSON *owner) BASE_MUST_USE;

bool aks_finalizer_has(const cJSON *body, const char *finalizer);
void aks_finalizer_add(cJSON *body, const char *finalizer);
void aks_finalizer_remove(cJSON *body, const char *finalizer);

/* Appends 5 characters of the safe alphabet. */
void aks_name_suffix(base_random_t *random, struct base_buf *name);
void aks_set_time(cJSON *object, const char *member, int64_t now_ms); /* seconds, Z */
/* Epoch ms of a time member (dotted path); `fallback` when absent or null. */
int64_t aks_time_at(const cJSON *node, const char *dotted, int64_t fallback);

/* Conditions of a status. */
const cJSON *aks_condition(const cJSON *status, const char *type); /* NULL when absent */
bool aks_condition_true(const cJSON *status, const char *type);
struct aks_condition {
    const char *type, *status;    /* "True", "False", "Unknown" */
    const char *reason, *message; /* "" or NULL: left out */
    bool probe_time;              /* pods: lastProbeTime null */
    bool update_time;             /* deployments: lastUpdateTime */
};
/* Adds or replaces; lastTransitionTime moves only when the status does. */
void aks_condition_set(cJSON *status, const struct aks_condition *condition, int64_t now_ms);

#endif
