/* simulators/arm/forward.h: a request as a resource provider gets it (facts of ARM, 1.9). Private to the room. */
#ifndef ARM_FORWARD_H
#define ARM_FORWARD_H

#include "simulators/arm/call.h"

/* A system-assigned identity, as it is told to the provider. */
struct arm_identity {
    char principal[BASE_UUID_TEXT], client[BASE_UUID_TEXT], tenant[BASE_UUID_TEXT];
    const char *url; /* credentials URL, in the caller's arena */
};

struct arm_forward {
    struct arm *arm;
    struct base_arena *arena;
    const struct arm_type *type;
    const char *method, *path, *query; /* path: cleaned, percent-encoded */
    const char *base;                  /* "https://management.azure.com" */
    const char *referer;               /* full client-side URL */
    const char *subscription;          /* NULL at tenant scope */
    const char *tenant;                /* home tenant */
    const char *correlation, *routing;
    const char *body;
    size_t body_len;
    /* the client's request; all NULL when ARM asks for itself */
    const struct base_headers *headers;
    const struct arm_caller *caller;
    const char *peer;
    const struct arm_identity *identity; /* NULL: no identity headers */
    bool creates; /* a PUT of something new: systemData with all six members */
};

/* Fills the forward from a call; the caller changes what differs. */
void arm_forward_init(struct arm_forward *forward, struct arm_call *call);
/* Sends and fills the answer: the provider's, with x-ms-failure-cause: service on errors, or ARM's own when the provider cannot be
 * reached (503), is slow (504), or breaks the contract (500). Blocks. */
void arm_forward_send(const struct arm_forward *forward, struct base_http_response *response);
/* Did the provider itself answer (not ARM on its behalf)? */
bool arm_forward_answered(const struct base_http_response *response);
/* The provider's headers (rpc.c); to be released by the caller. */
void arm_rpc_headers(const struct arm_forward *forward, struct base_headers *out);

#endif
