/* azure/keyvault.h: Key Vault data plane, api-version 7.4: certificates and secrets. `vault` is the
 * vault URI
 * ("https://kv1.vault.azure.net", trailing slash tolerated). Token audience
 * https://vault.azure.net. */
#ifndef AZURE_KEYVAULT_H
#define AZURE_KEYVAULT_H

#include "azure/credential.h"

#define AZ_KEYVAULT_RESOURCE "https://vault.azure.net"

struct az_keyvault {
    struct az_client az;
    az_credential_t *credential;
    const char *vault;
};

/* Imports key + certificate as PKCS#12; `tags` may be NULL (an object of strings). *secret_id (may
 * be NULL) gets the id of the managed secret WITHOUT version
 * ("https://kv1.vault.azure.net/secrets/name"): free(). BASE_CONFLICT with code "Conflict" when a
 * soft-deleted one keeps the name. */
BASE_MUST_USE enum base_status az_keyvault_import_certificate(const struct az_keyvault *kv,
                                                              const char *name,
                                                              const base_key_t *key,
                                                              const cJSON *tags, char **secret_id,
                                                              struct base_error *err);
/* The certificate bundle (GET /certificates/name); cJSON_Delete it. BASE_NOT_FOUND when absent. */
BASE_MUST_USE enum base_status az_keyvault_get_certificate(const struct az_keyvault *kv,
                                                           const char *name, cJSON **out,
                                                           struct base_error *err);
/* The id, WITHOUT version, of the secret that a certificate bundle manages: free(). NULL when it names none. */
char *az_keyvault_secret_of(const cJSON *bundle) BASE_MUST_USE;
/* Deletes and purges (a name is used once, but the vault must be left clean); absent is BASE_OK.
 * Waits up to half a minute (clock) for a vault that is still deleting: then BASE_UNAVAILABLE or
 * BASE_CONFLICT. BASE_DENIED when the vault is protected against purging. */
BASE_MUST_USE enum base_status az_keyvault_delete_certificate(const struct az_keyvault *kv,
                                                              const char *name,
                                                              struct base_error *err);
/* Reads a secret by its full id (".../secrets/name[/version]") and opens it as key + certificate
 * (PFX or PEM by contentType; base_key_free). *version (may be NULL, else 64 bytes) gets the version,
 * to notice a renewal. BASE_PROTOCOL when it is not a key with its certificate; nothing of the value
 * gets into err. */
BASE_MUST_USE enum base_status az_keyvault_get_key(const struct az_keyvault *kv,
                                                   const char *secret_id, base_key_t **key,
                                                   char version[64], struct base_error *err);

#endif
