/* Decides which certificate the connector's identity uses, and when it is fetched again. */
#include "reference/pods/identity.h"

#include "azure/eventhub.h"
#include "azure/keyvault.h"
#include "common/log.h"
#include "reference/pods/reason.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_MS (5 * 60 * 1000) /* clock: how often the vault is asked for a newer version */

struct held { /* a credential and how many use it */
    az_credential_t *credential;
    char version[64];
    int users;
    struct held *next;
};

struct pod_identity {
    const struct az_client *az;
    az_credential_t *internal;
    const struct pod_settings *settings;
    char *vault;
    pthread_mutex_t lock;
    struct held *current; /* newest; older ones follow until nobody uses them */
    int64_t checked_ms;
    bool doubted;
};

static enum base_status fetch_locked(pod_identity_t *identity, struct base_error *err);
static void drop_unused_locked(pod_identity_t *identity);

pod_identity_t *pod_identity_new(const struct az_client *az, az_credential_t *internal,
                                 const struct pod_settings *settings)
{
    pod_identity_t *identity = base_alloc(sizeof *identity);
    const char *uri = settings->certificate_uri, *path = strstr(uri, "://");

    path = path ? strchr(path + 3, '/') : NULL;
    identity->vault = path ? base_strndup(uri, (size_t)(path - uri)) : base_strdup(uri);
    identity->az = az;
    identity->internal = internal;
    identity->settings = settings;
    (void)pthread_mutex_init(&identity->lock, NULL);
    return identity;
}

void pod_identity_free(pod_identity_t *identity)
{
    if (!identity)
        return;
    for (struct held *held = identity->current, *next; held; held = next) {
        next = held->next;
        az_credential_free(held->credential);
        free(held);
    }
    (void)pthread_mutex_destroy(&identity->lock);
    free(identity->vault);
    free(identity);
}

enum base_status pod_identity_acquire(pod_identity_t *identity, az_credential_t **out,
                                      struct base_error *err)
{
    enum base_status status = BASE_OK;
    struct base_error cause = {0};
    char reason[400];
    int64_t now;

    *out = NULL;
    (void)pthread_mutex_lock(&identity->lock);
    now = base_clock_ms(identity->az->clock);
    if (!identity->current || identity->doubted || now - identity->checked_ms >= CHECK_MS) {
        status = fetch_locked(identity, &cause);
        identity->checked_ms = now;
        identity->doubted = false;
    }
    if (status != BASE_OK && identity->current) { /* the one we have may still do */
        base_log(BASE_LOG_WARN, POD_ROOM, NULL, "cannot look for a newer certificate: %s",
                 pod_reason(&cause, reason));
        status = BASE_OK;
    }
    if (status == BASE_OK) {
        identity->current->users++;
        *out = identity->current->credential;
    } else if (err && err->status == BASE_OK) {
        *err = cause;
    }
    (void)pthread_mutex_unlock(&identity->lock);
    return status;
}

void pod_identity_release(pod_identity_t *identity, az_credential_t *credential)
{
    (void)pthread_mutex_lock(&identity->lock);
    for (struct held *held = identity->current; held; held = held->next)
        if (held->credential == credential)
            held->users--;
    drop_unused_locked(identity);
    (void)pthread_mutex_unlock(&identity->lock);
}

void pod_identity_doubt(pod_identity_t *identity)
{
    (void)pthread_mutex_lock(&identity->lock);
    identity->doubted = true;
    (void)pthread_mutex_unlock(&identity->lock);
}

enum base_status pod_identity_hub_token(void *context, const char *audience, char **jwt,
                                        struct base_error *err)
{
    pod_identity_t *identity = context;
    az_credential_t *credential;
    enum base_status status = pod_identity_acquire(identity, &credential, err);

    (void)audience;
    *jwt = NULL;
    if (status != BASE_OK)
        return status;
    status = az_token(credential, NULL, AZ_EVENTHUB_RESOURCE, jwt, err);
    pod_identity_release(identity, credential);
    if (status == BASE_UNAUTHENTICATED)
        pod_identity_doubt(identity);
    return status;
}

/* Asks the vault; a new version becomes the current credential. */
static enum base_status fetch_locked(pod_identity_t *identity, struct base_error *err)
{
    const struct pod_settings *s = identity->settings;
    struct az_keyvault kv = {*identity->az, identity->internal, identity->vault};
    struct held *held = base_alloc(sizeof *held);
    base_key_t *key = NULL;
    enum base_status status =
        az_keyvault_get_key(&kv, s->certificate_uri, &key, held->version, err);

    if (status != BASE_OK ||
        (identity->current && strcmp(identity->current->version, held->version) == 0)) {
        base_key_free(key);
        free(held);
        return status;
    }
    held->credential =
        az_credential_certificate(identity->az, s->authority, s->tenant_id, s->client_id, key);
    held->next = identity->current;
    identity->current = held;
    base_log(BASE_LOG_INFO, POD_ROOM, NULL, "uses version %s of the connector's certificate",
             held->version);
    drop_unused_locked(identity);
    return BASE_OK;
}

static void drop_unused_locked(pod_identity_t *identity)
{
    struct held **at = identity->current ? &identity->current->next : &identity->current;

    while (*at) {
        struct held *held = *at;
        if (held->users > 0) {
            at = &held->next;
            continue;
        }
        *at = held->next;
        az_credential_free(held->credential);
        free(held);
    }
}
