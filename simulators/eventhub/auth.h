/* eventhub/auth.h: who may send to and listen at which entity: tokens put on a connection become claims.
 *
 * A claim by role (JWT) asks RBAC anew each time a link is attached, so a role granted later works with the same token; a
 * claim by key carries the rule's rights. A claim covers its path and all below it. */
#ifndef EVENTHUB_AUTH_H
#define EVENTHUB_AUTH_H

#include "simulators/eventhub/world.h"

struct eh_claim {
    char *path;      /* lower case, "hub/consumergroups/..": "" covers the whole namespace */
    unsigned rights; /* by key; 0: by role */
    char object_id[BASE_UUID_TEXT];
    char name[128]; /* principal, or rule */
    int64_t expires_ms;
};
struct eh_claims {
    struct eh_claim *items;
    size_t count;
};
#define EH_CLAIMS_MAX 1000

void eh_claims_release(struct eh_claims *claims);
/* Takes the claim over; replaces an older one of the same path. False: EH_CLAIMS_MAX is reached (the claim is released). */
bool eh_claims_put(struct eh_claims *claims, struct eh_claim *claim);

/* The path of "sb://ns.servicebus.windows.net:5671/Hub/x/", "/Hub/x" or "Hub/x": "hub/x". Release with free(). */
char *eh_path_of(const char *audience);

/* Checks a token ("jwt" or "servicebus.windows.net:sastoken") for an audience in a namespace and fills `out` (release its
 * path). Fails: BASE_UNAUTHENTICATED with the service's sentence ("InvalidSignature: ..."), BASE_INVALID for an unknown type. No
 * lock may be held. */
BASE_MUST_USE enum base_status eh_token_check(eh_t *eh, const char *space, const char *type,
                                              const char *token, const char *audience,
                                              struct eh_claim *out, struct base_error *err);
/* A rule's key as a password (SASL PLAIN): covers the namespace, or the hub that the rule belongs to. */
bool eh_key_check(eh_t *eh, const char *space, const char *rule, const char *key,
                  struct eh_claim *out);

/* Does a claim that has not expired cover this (lower-case) path? Roles are not asked. */
bool eh_claims_alive(const struct eh_claims *claims, const char *path, int64_t now_ms);

struct eh_wish {
    struct eh_hub *hub;
    const char *group; /* NULL: the hub itself */
    unsigned any_of;   /* EH_SEND, EH_LISTEN */
    const char *path;  /* lower case: what the claim must cover */
};
/* The claim that grants the wish; NULL: none does. No lock may be held. */
const struct eh_claim *eh_claims_grant(eh_t *eh, const struct eh_claims *claims,
                                       const struct eh_wish *wish);

#endif
