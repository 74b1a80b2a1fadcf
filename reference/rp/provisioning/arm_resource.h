/* reference/rp/provisioning/arm_resource.h: what all things made through ARM have in common: intent, look, compare, write, wait. */
#ifndef REFERENCE_RP_PROVISIONING_ARM_RESOURCE_H
#define REFERENCE_RP_PROVISIONING_ARM_RESOURCE_H

#include "reference/rp/worker/job.h"

struct rp_arm_want {
    const char *owner; /* uid whose intent it is */
    const char *kind, *slot;
    const char *path, *api_version;
    const cJSON *body; /* borrowed */
};
/* Brings the resource to at least what `body` says. *found (may be NULL): as it stands then, when DONE; cJSON_Delete it. */
enum rp_outcome rp_arm_ensure(struct rp_job *job, const struct rp_arm_want *want, cJSON **found,
                              struct base_error *err);
/* Takes it down; what is gone already is DONE. The caller drops the intent. */
enum rp_outcome rp_arm_remove(struct rp_job *job, struct rp_intent *intent, const char *api_version,
                              struct base_error *err);

/* Records an intent in a transaction of its own; detail is consumed, NULL for none. */
BASE_MUST_USE enum base_status rp_plan(struct rp_job *job, const char *owner, const char *kind,
                                       const char *slot, const char *target, cJSON *detail,
                                       struct base_error *err);
/* Marks it as made. */
BASE_MUST_USE enum base_status rp_made(struct rp_job *job, const char *owner, const char *kind,
                                       const char *slot, struct base_error *err);
/* Writes state and pending, in a transaction of its own. */
BASE_MUST_USE enum base_status rp_intent_store(struct rp_job *job, const struct rp_intent *intent,
                                               struct base_error *err);
/* {"location": ..., "tags": {"owner": ...}} to start a body with; location NULL: none. */
cJSON *rp_arm_body(const char *location, const char *owner_id) BASE_MUST_USE;

#endif
