/* entra/call.h: one request on its way through the room. */
#ifndef ENTRA_CALL_H
#define ENTRA_CALL_H

#include "simulators/entra/entra.h"
#include "simulators/kit/token.h"

#define ENTRA_SKEW_MS (5 * 60 * 1000) /* how far clocks may differ in an assertion */
#define ENTRA_ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

struct entra {
    sim_world_t *world;
};

enum entra_shape { ENTRA_V1, ENTRA_V2, ENTRA_ADFS };

struct entra_call {
    sim_world_t *world;
    const struct base_http_request *request;
    struct base_http_response *response;
    struct base_arena *arena;
    const struct sim_route_match *match;

    /* of a token request */
    enum entra_shape shape;
    struct base_pair *form;
    size_t form_count;
    char tenant[BASE_UUID_TEXT]; /* of the path, as a GUID; "" on /adfs until the client is known */
    struct sim_principal client;
    const char *audience; /* as asked */
    const char *app_acr;  /* "1": secret, "2": certificate */
};

/* error.c: answers the AADSTS row `code`; texts fill {0}, {1}... of its sentence. */
#define entra_refuse(call, code, ...)                                                              \
    entra_refuse_with(call, code, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
void entra_refuse_with(struct entra_call *call, int code, const char *const *texts);
/* Puts the headers on an answer that every answer of the authority has. */
void entra_add_headers(struct entra_call *call);

/* entra.c: is `host` one of the authority's names, or the one the request came by (its port apart)? */
bool entra_is_authority(const struct entra_call *call, const char *host);

/* token.c: a form field, decoded; NULL when absent or empty. */
const char *entra_field(const struct entra_call *call, const char *name);

/* assertion.c: verifies client_assertion for call->client. False: refused, the answer is filled. */
bool entra_assertion_check(struct entra_call *call);

/* resource.c: is there a service (or an application of the tenant) that would take tokens for `audience`? */
bool entra_resource_known(struct entra_call *call, const char *audience);

/* fault.c: how the calls of this room are named, and refused on purpose. */
void entra_fault_add(entra_t *entra);

/* The operations. */
void entra_configuration_v1(void *call);
void entra_configuration_v2(void *call);
void entra_configuration_adfs(void *call);
void entra_keys(void *call);
void entra_instance(void *call);
void entra_user_realm(void *call);
void entra_token_v1(void *call);
void entra_token_v2(void *call);
void entra_token_adfs(void *call);
void entra_identity_token(void *call);

#endif
