/* kit/token.h: access tokens of the pretend Entra ID. The signing key is kept in the state folder,
 * so tokens stay good over a restart.
 *
 * Minting is for Entra's handlers. Checking is for all other simulators: the keys come from Entra's
 * JWKS document over sim_call() (https://login.microsoftonline.com/common/discovery/keys), as a
 * resource server gets them. */
#ifndef KIT_TOKEN_H
#define KIT_TOKEN_H

#include "simulators/kit/directory.h"

#define SIM_AUTHORITY_HOST "login.microsoftonline.com"

struct sim_token_request {
    const struct sim_principal *principal;
    const char *audience; /* resource as asked, claim aud */
    const char *app_acr;  /* "1" secret, "2" certificate or managed identity */
    int lifetime_s;       /* clock seconds */
};
/* A v1 access token (iss https://sts.windows.net/{tenant}/; facts: clients.md 2.4). Release with
 * free(). */
char *sim_token_mint(sim_world_t *world, const struct sim_token_request *request) BASE_MUST_USE;
/* {"keys":[...]}: what Entra serves as JWKS. */
cJSON *sim_token_jwks(sim_world_t *world) BASE_MUST_USE;

struct sim_caller { /* who is asking, out of a checked token */
    char tenant[BASE_UUID_TEXT], object_id[BASE_UUID_TEXT], client_id[BASE_UUID_TEXT];
    char name[128];        /* from the directory; the client id when unknown there */
    char resource_id[512]; /* xms_mirid */
    int64_t expires_ms;
};
/* Checks "Bearer x" (or the bare token): signature, exp, nbf, issuer of a known tenant, audience
 * one of `audiences` (globs, compared without case and without a trailing slash; NULL-terminated).
 * Fails: BASE_UNAUTHENTICATED with code "MissingToken", "InvalidToken", "ExpiredToken" or
 * "InvalidAudience"; the caller turns it into its service's own body. */
BASE_MUST_USE enum base_status sim_token_check(sim_world_t *world, const char *authorization,
                                               const char *const *audiences, struct sim_caller *out,
                                               struct base_error *err);

#endif
