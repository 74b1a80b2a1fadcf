/* keyvault/keyvault.h: the Key Vault simulator: Microsoft.KeyVault/vaults behind ARM, and the data plane on {vault}.vault.azure.net.
 * Rules: facts clients.md §4, arm.md §4.6; Azure's Key Vault REST reference. */
#ifndef KEYVAULT_KEYVAULT_H
#define KEYVAULT_KEYVAULT_H

#include "simulators/kit/route.h"
#include "simulators/kit/world.h"

typedef struct kv kv_t;

/* Registers provider Microsoft.KeyVault, host *.vault.azure.net and the view "keyvault"
 * ([{vault,kind,name,versions,deleted,tags}], never values), and loads what the world's store kept. The world is
 * borrowed and must outlive the result. Release with kv_free before the world. Fails: BASE_INVALID (a stored document is broken). */
BASE_MUST_USE kv_t *kv_add(sim_world_t *world, struct base_error *err);
void kv_free(kv_t *kv); /* NULL is fine; no request may be in flight */

/* The handler of *.vault.azure.net (context: kv_t). Any thread. */
void kv_handle(void *kv, const struct base_http_request *request,
               struct base_http_response *response);

/* The operations of the data plane, for COVERAGE.md; those whose `run` is kv_unsupported answer 501. */
const struct sim_route *kv_routes(size_t *count);
void kv_unsupported(void *call);

#endif
