/* reference/pods/identity.h: the connector's external identity: a certificate in Key Vault, fetched as the internal identity, and the
 * credential made of it. A renewed certificate is taken over while the pod runs. Thread-safe. */
#ifndef REFERENCE_PODS_IDENTITY_H
#define REFERENCE_PODS_IDENTITY_H

#include "azure/credential.h"
#include "reference/pods/settings.h"

typedef struct pod_identity pod_identity_t;

/* The certificate that `settings` name, asked for as `internal`. Borrows all three for its life; fetches nothing yet. */
pod_identity_t *pod_identity_new(const struct az_client *az, az_credential_t *internal,
                                 const struct pod_settings *settings) BASE_MUST_USE;
void pod_identity_free(pod_identity_t *identity); /* NULL is fine */

/* The credential to use for the next calls; give it back with pod_identity_release. Fetches the certificate when there is none, and looks
 * for a newer one every few minutes. Fails as az_keyvault_get_key. Blocks. */
BASE_MUST_USE enum base_status pod_identity_acquire(pod_identity_t *identity, az_credential_t **out,
                                                    struct base_error *err);
void pod_identity_release(pod_identity_t *identity, az_credential_t *credential);
/* A token of it was refused: the next acquire looks for a newer certificate. */
void pod_identity_doubt(pod_identity_t *identity);

/* An az_eventhub_token: context is the pod_identity_t. */
enum base_status pod_identity_hub_token(void *context, const char *audience, char **jwt,
                                        struct base_error *err);

#endif
