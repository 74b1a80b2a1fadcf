/* entra/entra.h: the Entra ID simulator: tokens for client secrets, client assertions and managed identities, signed with the world's
 * key, with OIDC discovery and JWKS for everyone who checks them.
 * Rules: facts clients.md §2, Microsoft identity platform documentation (OAuth 2.0 client credentials, AADSTS error codes, IMDS). */
#ifndef ENTRA_ENTRA_H
#define ENTRA_ENTRA_H

#include "simulators/kit/route.h"
#include "simulators/kit/world.h"

typedef struct entra entra_t;

/* Registers the hosts login.microsoftonline.com (with its other names) and 169.254.169.254, and the view "entra"
 * ([{tenant,objectId,clientId,kind,name,resourceId}]). The world is borrowed and must outlive the result. Cannot fail
 * today; `err` is for what may come. Release with entra_free before the world. */
BASE_MUST_USE entra_t *entra_add(sim_world_t *world, struct base_error *err);
void entra_free(entra_t *entra); /* NULL is fine; no request may be in flight */

/* The handlers (context: entra_t): the authority, and the managed-identity endpoint. Any thread. */
void entra_handle(void *entra, const struct base_http_request *request,
                  struct base_http_response *response);
void entra_handle_identity(void *entra, const struct base_http_request *request,
                           struct base_http_response *response);

/* The operations served, for COVERAGE.md: of the authority, and of the managed-identity endpoint. */
const struct sim_route *entra_routes(size_t *count);
const struct sim_route *entra_identity_routes(size_t *count);

#endif
