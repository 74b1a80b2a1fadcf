/* azure/credential_private.h: a credential from the inside, for credential.c and token.c only. */
#ifndef AZURE_CREDENTIAL_PRIVATE_H
#define AZURE_CREDENTIAL_PRIVATE_H

#include "azure/private.h"

#include <pthread.h>

enum az_credential_kind { AZ_SECRET, AZ_CERTIFICATE, AZ_MANAGED };

struct az_credential {
    enum az_credential_kind kind;
    struct az_client az;
    char *authority, *tenant, *client_id, *secret, *endpoint;
    base_key_t *key;
    pthread_mutex_t lock; /* of the cache */
    pthread_cond_t answered;
    struct az_cached *cache;
    size_t count;
};

/* Asks for a token. *token: az_secret_free(); *life_s: seconds it is good for from now. Blocks;
 * any number of threads. Fails as az_token does; no secret gets into err. */
BASE_MUST_USE enum base_status az_token_ask(const az_credential_t *credential, const char *tenant,
                                            const char *resource, char **token, int64_t *life_s,
                                            struct base_error *err);

#endif
