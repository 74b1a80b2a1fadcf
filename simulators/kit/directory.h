/* kit/directory.h: tenants, applications and principals: what Entra ID knows. Kept in the world's
 * store.
 *
 * An application lives in one tenant and may have a service principal in several; a managed
 * identity is a service principal whose application is its own. All results are copies; all
 * functions are thread-safe. */
#ifndef KIT_DIRECTORY_H
#define KIT_DIRECTORY_H

#include "simulators/kit/world.h"
#include "common/crypto.h"

enum sim_principal_kind {
    SIM_PRINCIPAL_APPLICATION,
    SIM_PRINCIPAL_MANAGED_IDENTITY,
    SIM_PRINCIPAL_USER
};

struct sim_principal {
    char tenant[BASE_UUID_TEXT];
    char object_id[BASE_UUID_TEXT];
    char client_id[BASE_UUID_TEXT]; /* of its application */
    enum sim_principal_kind kind;
    char name[128];
    char resource_id[512]; /* managed identities: the ARM id they belong to (claim xms_mirid); ""
                              otherwise */
    int64_t
        known_ms; /* from when the whole directory knows it; filled when it is 0 (setting principal-lag) */
};

void sim_tenant_add(sim_world_t *world, const char *tenant, const char *domain);
/* Takes a GUID or a domain name; false when unknown. */
bool sim_tenant_find(sim_world_t *world, const char *tenant_or_domain, char out[BASE_UUID_TEXT]);

/* Adds or replaces. Empty object_id/client_id are filled with new ids (written back). */
void sim_principal_put(sim_world_t *world, struct sim_principal *principal);
/* Removes the principal and, for a managed identity, its credentials. False when there is none.
 * Role assignments stay, as in Azure ("identity not found" in the portal). */
bool sim_principal_remove(sim_world_t *world, const char *object_id);
bool sim_principal_by_object(sim_world_t *world, const char *object_id, struct sim_principal *out);
bool sim_principal_by_client(sim_world_t *world, const char *tenant, const char *client_id,
                             struct sim_principal *out);
/* The managed identity of an ARM resource (case-insensitive id). */
bool sim_principal_by_resource(sim_world_t *world, const char *resource_id,
                               struct sim_principal *out);
/* Calls back for a copy of each principal, of all tenants, in no order. The callback may call back
 * into the directory. */
void sim_principal_each(sim_world_t *world,
                        void (*each)(void *context, const struct sim_principal *principal),
                        void *context);

/* Credentials of an application (by client id; shared by its principals in all tenants). */
void sim_credential_add_secret(sim_world_t *world, const char *client_id, const char *secret);
void sim_credential_add_certificate(sim_world_t *world, const char *client_id, const void *der,
                                    size_t len);
bool sim_credential_has_secret(sim_world_t *world, const char *client_id, const char *secret);
/* The registered certificate with this thumbprint (SHA-1 when len is 20, SHA-256 when 32) as DER
 * appended to `der`; false when none matches. */
bool sim_credential_find_certificate(sim_world_t *world, const char *client_id,
                                     const unsigned char *thumbprint, size_t len,
                                     struct base_buf *der);

#endif
