/* simulators/arm/deployments/ask.h: requests that ARM sends through its own front door for who started a deployment. Private to
 * the room. */
#ifndef ARM_DEPLOYMENT_ASK_H
#define ARM_DEPLOYMENT_ASK_H

#include "simulators/arm/call.h"

/* In whose name, and how deep deployments lie within each other. */
struct arm_deployer {
    struct arm_caller caller;
    const char *correlation, *tenant;
    int level; /* 1: started by a client */
};

struct arm_reply {
    int status;
    cJSON *body; /* NULL when it is no JSON */
    struct base_headers headers;
};
void arm_reply_release(struct arm_reply *reply);

/* Sends `method` to an id, or to an absolute URL of ours, with "api-version=..." (NULL: the URL has it). Every check of the front
 * door applies, save that of the token. Blocks on providers. */
void arm_ask(struct arm *arm, const struct arm_deployer *who, const char *method,
             const char *target, const char *api_version, const cJSON *body,
             struct arm_reply *reply);
/* The error object of a refusal: the answer's own, or one made from the status. The caller's. */
cJSON *arm_reply_error(const struct arm_reply *reply) BASE_MUST_USE;
/* "Created", "Conflict": the name of an HTTP status as ARM writes it. */
const char *arm_status_word(int status);

/* Copies the caller's texts into the arena. */
void arm_deployer_copy(struct base_arena *arena, const struct arm_deployer *from,
                       struct arm_deployer *to);
/* To and from a stored document. */
cJSON *arm_deployer_document(const struct arm_deployer *who) BASE_MUST_USE;
void arm_deployer_load(struct base_arena *arena, const cJSON *document, struct arm_deployer *out);

#endif
