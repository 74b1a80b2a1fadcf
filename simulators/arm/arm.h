/* simulators/arm/arm.h: the pretend Azure Resource Manager, as azsim and tests see it.
 *
 * arm_add registers the hosts management.azure.com and *.identity.azure.net, the providers Microsoft.ManagedIdentity
 * and Microsoft.Authorization, the views "arm", "roleAssignments" and "identities", and the control paths
 * /_sim/providers/ (who serves a namespace) and /_sim/arm/. State is kept in the world's store.
 * Source: facts of ARM, 1 (front door), 2 (identities), 4.1, 4.4, 4.5. All functions are thread-safe. */
#ifndef ARM_ARM_H
#define ARM_ARM_H

#include "simulators/kit/world.h"

typedef struct arm arm_t;

/* Makes ARM in `world` (borrowed, must outlive it) and loads what the store kept. Call while the world is being built.
 * Fails: BASE_IO. */
BASE_MUST_USE arm_t *arm_add(sim_world_t *world, struct base_error *err);
/* Ends the workers (resource-group deletions under way go on when ARM is next added), then frees. No request may be
 * under way. Call before sim_world_free. NULL is fine. */
void arm_free(arm_t *arm);

/* Adds or replaces a subscription, state "Enabled". `tenant` must be a tenant of the directory. */
void arm_subscription_put(arm_t *arm, const char *id, const char *name, const char *tenant);
/* Registers a subscription for a namespace, as POST .../providers/{namespace}/register does. Its provider is told before the
 * first request that is forwarded to it. Microsoft.Resources and Microsoft.Authorization need no registration. */
void arm_namespace_register(arm_t *arm, const char *subscription, const char *provider);

/* Says where the provider of a namespace listens: "https://127.0.0.1:4000" (mutual TLS: our certificate comes from the world's
 * CA, common name arm.management.azure.com; the server's must be trusted by the world's CA or by `ca_file`) or "http://...".
 * ca_file NULL: the world's CA. url NULL: nobody. The same as PUT /_sim/providers/{namespace}. Fails: BASE_INVALID (the
 * URL), BASE_IO (client certificate cannot be written). */
BASE_MUST_USE enum base_status arm_endpoint_set(arm_t *arm, const char *provider, const char *url,
                                                const char *ca_file, struct base_error *err);
/* The same for a provider in this process, without a socket. `context` is borrowed for ARM's life. */
void arm_endpoint_set_handler(arm_t *arm, const char *provider, base_http_handler handler,
                              void *context);

/* One row of the route table, for COVERAGE.md. */
struct arm_route_info {
    const char *method, *path, *operation;
};
/* False past the end. */
bool arm_route_info(size_t index, struct arm_route_info *out);

#endif
