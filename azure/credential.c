/* Decides how long a token is kept, and who asks for the next one. */
#include "azure/credential_private.h"

#include <stdlib.h>
#include <string.h>

#define EARLY_MS (5 * 60 * 1000) /* renewed this long before it expires */
#define AGAIN_MS (30 * 1000)     /* after a renewal that failed while the token is still good */
#define CACHE_MAX 64
#define AUTHORITY "https://login.microsoftonline.com"
#define IMDS "http://169.254.169.254"

struct az_cached {
    struct az_cached *next;
    char *tenant, *resource, *token; /* token NULL: none yet */
    int64_t renew_ms, expires_ms;
    bool asking;               /* a thread is out for it */
    unsigned answers;          /* questions that came back */
    struct base_error failure; /* of the last one; BASE_OK: it did not fail */
    int users;                 /* threads inside az_token */
};

static struct az_cached *enter_locked(az_credential_t *credential, const char *tenant,
                                      const char *resource);
static enum base_status token_locked(az_credential_t *credential, struct az_cached *entry,
                                     char **token, struct base_error *err);
static void forget_locked(struct az_cached *entry);
static void entry_free(struct az_cached *entry);

static az_credential_t *credential_new(enum az_credential_kind kind, const struct az_client *az,
                                       const char *tenant, const char *client_id)
{
    az_credential_t *credential = base_alloc(sizeof *credential);

    credential->kind = kind;
    credential->az = *az;
    credential->tenant = base_strdup(tenant);
    credential->client_id = base_strdup(client_id);
    pthread_mutex_init(&credential->lock, NULL);
    pthread_cond_init(&credential->answered, NULL);
    return credential;
}

static char *without_slash(const char *url)
{
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        len--;
    return base_strndup(url, len);
}

az_credential_t *az_credential_secret(const struct az_client *az, const char *authority,
                                      const char *tenant, const char *client_id, const char *secret)
{
    az_credential_t *credential = credential_new(AZ_SECRET, az, tenant, client_id);

    credential->authority = without_slash(authority ? authority : AUTHORITY);
    credential->secret = base_strdup(secret);
    return credential;
}

az_credential_t *az_credential_certificate(const struct az_client *az, const char *authority,
                                           const char *tenant, const char *client_id,
                                           base_key_t *key)
{
    az_credential_t *credential = credential_new(AZ_CERTIFICATE, az, tenant, client_id);

    credential->authority = without_slash(authority ? authority : AUTHORITY);
    credential->key = key;
    return credential;
}

az_credential_t *az_credential_managed(const struct az_client *az, const char *endpoint,
                                       const char *client_id)
{
    const char *env = getenv("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    az_credential_t *credential = credential_new(AZ_MANAGED, az, NULL, client_id);

    credential->endpoint = without_slash(endpoint ? endpoint : env && *env ? env : IMDS);
    return credential;
}

void az_credential_free(az_credential_t *credential)
{
    if (!credential)
        return;
    for (struct az_cached *entry = credential->cache, *next; entry; entry = next) {
        next = entry->next;
        entry_free(entry);
    }
    pthread_cond_destroy(&credential->answered);
    pthread_mutex_destroy(&credential->lock);
    free(credential->authority);
    free(credential->tenant);
    free(credential->client_id);
    az_secret_free(credential->secret);
    free(credential->endpoint);
    base_key_free(credential->key);
    free(credential);
}

void az_credential_forget(az_credential_t *credential)
{
    pthread_mutex_lock(&credential->lock);
    for (struct az_cached *entry = credential->cache; entry; entry = entry->next)
        forget_locked(entry);
    pthread_mutex_unlock(&credential->lock);
}

void az_credential_drop(az_credential_t *credential, const char *token)
{
    pthread_mutex_lock(&credential->lock);
    for (struct az_cached *entry = credential->cache; entry; entry = entry->next)
        if (base_equal(entry->token, token))
            forget_locked(entry);
    pthread_mutex_unlock(&credential->lock);
}

enum base_status az_token(az_credential_t *credential, const char *tenant, const char *resource,
                          char **token, struct base_error *err)
{
    *token = NULL;
    pthread_mutex_lock(&credential->lock);
    struct az_cached *entry =
        enter_locked(credential, tenant ? tenant : credential->tenant, resource);
    enum base_status status = token_locked(credential, entry, token, err);
    entry->users--;
    pthread_mutex_unlock(&credential->lock);
    return status;
}

static void forget_locked(struct az_cached *entry)
{
    az_secret_free(entry->token);
    entry->token = NULL;
}

static void entry_free(struct az_cached *entry)
{
    forget_locked(entry);
    free(entry->tenant);
    free(entry->resource);
    free(entry);
}

/* Makes room: the entry that was made first and that nobody is waiting for goes. */
static void evict_locked(az_credential_t *credential)
{
    struct az_cached **victim = NULL;

    for (struct az_cached **at = &credential->cache; *at; at = &(*at)->next)
        if (!(*at)->users)
            victim = at;
    if (!victim)
        return;
    struct az_cached *gone = *victim;
    *victim = gone->next;
    entry_free(gone);
    credential->count--;
}

static struct az_cached *enter_locked(az_credential_t *credential, const char *tenant,
                                      const char *resource)
{
    struct az_cached *entry = credential->cache;

    while (entry && !(base_equal(entry->tenant, tenant) && base_equal(entry->resource, resource)))
        entry = entry->next;
    if (!entry) {
        if (credential->count >= CACHE_MAX)
            evict_locked(credential);
        entry = base_alloc(sizeof *entry);
        entry->tenant = base_strdup(tenant);
        entry->resource = base_strdup(resource);
        entry->next = credential->cache;
        credential->cache = entry;
        credential->count++;
    }
    entry->users++;
    return entry;
}

static void keep_locked(struct az_cached *entry, char *token, int64_t now_ms, int64_t life_s)
{
    int64_t life_ms = life_s * 1000;

    forget_locked(entry);
    entry->token = token;
    entry->expires_ms = now_ms + life_ms;
    entry->renew_ms = entry->expires_ms - (life_ms < 2 * EARLY_MS ? life_ms / 2 : EARLY_MS);
}

/* Goes out for a token; the lock is free meanwhile. */
static void ask_locked(az_credential_t *credential, struct az_cached *entry)
{
    struct base_error failure = {0};
    int64_t now_ms = base_clock_ms(credential->az.clock), life_s = 0;
    char *token = NULL;

    entry->asking = true;
    pthread_mutex_unlock(&credential->lock);
    enum base_status status =
        az_token_ask(credential, entry->tenant, entry->resource, &token, &life_s, &failure);
    pthread_mutex_lock(&credential->lock);
    if (status == BASE_OK)
        keep_locked(entry, token, now_ms, life_s);
    else
        entry->renew_ms = base_clock_ms(credential->az.clock) + AGAIN_MS;
    entry->failure = failure;
    entry->asking = false;
    entry->answers++;
    pthread_cond_broadcast(&credential->answered);
}

static void wait_locked(az_credential_t *credential, const struct az_cached *entry)
{
    for (unsigned before = entry->answers; entry->answers == before;)
        pthread_cond_wait(&credential->answered, &credential->lock);
}

static enum base_status token_locked(az_credential_t *credential, struct az_cached *entry,
                                     char **token, struct base_error *err)
{
    int64_t now = base_clock_ms(credential->az.clock);
    bool good = entry->token && now < entry->expires_ms;

    while (!(good && now < entry->renew_ms)) {
        if (!entry->asking)
            ask_locked(credential, entry);
        else if (!good)
            wait_locked(credential, entry);
        good = entry->token && base_clock_ms(credential->az.clock) < entry->expires_ms;
        if (entry->token && (good || entry->failure.status == BASE_OK))
            break; /* a token without a known life is good for this one call */
        if (entry->failure.status != BASE_OK)
            return az_report(&entry->failure, err);
    }
    *token = base_strdup(entry->token);
    return BASE_OK;
}
