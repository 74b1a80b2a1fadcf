/* Decides what a client shows as its credential, and when it shows it anew. */
#include "azure/eventhub_private.h"

#include "common/log.h"

#include <stdlib.h>
#include <string.h>

#define SAS_LIFE_S 3600
#define UNKNOWN_LIFE_MS (3600 * 1000) /* of a token whose expiry cannot be read */
#define EARLY_MS                                                                                   \
    (4 * 60 *                                                                                      \
     1000) /* renewed this long before it expires: after the credential's cache gave it up */
#define RETRY_MS (30 * 1000) /* after a renewal that failed */

struct token {
    const char *type; /* of put-token */
    char *text;
    int64_t expires_ms; /* clock; 0: never renewed */
};

/* -- tokens --------------------------------------------------------------------------------------------------------- */

void az_sas_build(struct base_buf *out, const char *resource, const char *key_name, const char *key,
                  int64_t expires_s)
{
    struct base_buf sr = {0}, text = {0}, signature = {0};
    unsigned char digest[32];

    base_uri_encode(&sr, resource, NULL);
    base_buf_printf(&text, "%s\n%lld", sr.data, (long long)expires_s);
    base_hmac_sha256(key, strlen(key), text.data, text.len, digest);
    base_base64_encode(&signature, digest, sizeof digest);
    base_buf_printf(out, "SharedAccessSignature sr=%s&sig=", sr.data);
    base_uri_encode(out, signature.data, NULL);
    base_buf_printf(out, "&se=%lld&skn=", (long long)expires_s);
    base_uri_encode(out, key_name, NULL);
    base_buf_release(&sr);
    base_buf_release(&text);
    base_buf_release(&signature);
}

static int64_t jwt_expiry(const char *jwt, int64_t now_ms)
{
    struct base_jwt parsed = {0};
    double exp = 0;

    if (base_jwt_parse(jwt, &parsed, NULL) == BASE_OK) {
        exp = base_json_number(parsed.claims, "exp", 0);
        base_jwt_release(&parsed);
    }
    return exp > 0 ? (int64_t)(exp * 1000) : now_ms + UNKNOWN_LIFE_MS;
}

static enum base_status make_jwt(az_eventhub_t *client, const char *audience, struct token *out,
                                 struct base_error *err)
{
    const struct az_eventhub_config *config = &client->config;
    enum base_status status =
        config->token ? config->token(config->token_context, audience, &out->text, err)
                      : az_token(config->credential, NULL, AZ_EVENTHUB_RESOURCE, &out->text, err);

    if (status)
        return status;
    out->type = "jwt";
    out->expires_ms = jwt_expiry(out->text, base_clock_ms(config->clock));
    return BASE_OK;
}

static enum base_status make_token(az_eventhub_t *client, const char *audience, struct token *out,
                                   struct base_error *err)
{
    const struct az_eventhub_config *config = &client->config;
    struct base_buf text = {0};

    if (config->token || config->credential)
        return make_jwt(client, audience, out, err);
    out->type = "servicebus.windows.net:sastoken";
    if (config->shared_access_signature) {
        out->text = base_strdup(config->shared_access_signature);
        return BASE_OK;
    }
    int64_t expires_s = base_clock_s(config->clock) + SAS_LIFE_S;
    az_sas_build(&text, audience, config->sas_key_name, config->sas_key, expires_s);
    out->text = base_buf_take(&text);
    out->expires_ms = expires_s * 1000;
    return BASE_OK;
}

/* -- $cbs ----------------------------------------------------------------------------------------------------------- */

static enum base_status put_token_locked(az_eventhub_t *client, const char *audience,
                                         const struct token *token, int64_t until,
                                         struct base_error *err)
{
    struct az_reply reply = {0};
    const struct az_event_property properties[] = {
        {"operation", amqp_string("put-token")},
        {"name", amqp_string(audience)},
        {"type", amqp_string(token->type)},
        {NULL, amqp_null()},
    };
    struct az_request request = {properties, amqp_string(token->text), until};
    enum base_status status = az_rpc_call_locked(&client->cbs, &request, &reply, err);
    bool refused = reply.status == 401;

    az_reply_release(&reply);
    if (!refused)
        return status;
    if (client->config.credential)
        az_credential_forget(client->config.credential);
    if (err)
        err->status = BASE_UNAUTHENTICATED;
    return BASE_UNAUTHENTICATED;
}

static char *audience_of(const az_eventhub_t *client, const char *entity)
{
    return base_asprintf("sb://%s/%s", client->endpoint, entity);
}

struct grant {
    char *token;         /* the caller's, also after a failure */
    int64_t renew_at_ms; /* clock; 0: nothing to renew */
};

/* Gets a token without the lock, then puts it. */
static enum base_status authorize_locked(az_eventhub_t *client, const char *audience, int64_t until,
                                         struct grant *grant, struct base_error *err)
{
    struct base_error own = {0};
    struct token token = {0};

    pthread_mutex_unlock(&client->lock);
    enum base_status status = make_token(client, audience, &token, &own);
    pthread_mutex_lock(&client->lock);
    if (!status)
        status = az_connect_locked(client, until, &own);
    if (!status)
        status = put_token_locked(client, audience, &token, until, &own);
    int64_t now = base_clock_ms(client->config.clock), life = token.expires_ms - now;
    grant->renew_at_ms =
        !token.expires_ms ? 0 : now + (life > 2 * EARLY_MS ? life - EARLY_MS : life / 2);
    grant->token = token.text;
    return status ? az_copy_error(err, &own) : BASE_OK;
}

static struct az_audience *find_audience(const az_eventhub_t *client, const char *name)
{
    struct az_audience *at = client->audiences;

    while (at && strcmp(at->name, name) != 0)
        at = at->next;
    return at;
}

static void remember_locked(az_eventhub_t *client, const char *name, const struct grant *grant)
{
    struct az_audience *audience = find_audience(client, name);

    if (!audience) {
        audience = base_alloc(sizeof *audience);
        audience->name = base_strdup(name);
        audience->next = client->audiences;
        client->audiences = audience;
    }
    audience->users++;
    audience->renew_at_ms = grant->renew_at_ms;
    free(audience->token);
    audience->token = grant->token;
    pthread_cond_broadcast(&client->changed);
}

enum base_status az_authorize_locked(az_eventhub_t *client, const char *entity, int64_t until,
                                     struct base_error *err)
{
    char *audience = audience_of(client, entity);
    struct grant grant = {0};
    enum base_status status = authorize_locked(client, audience, until, &grant, err);

    if (status)
        free(grant.token);
    else
        remember_locked(client, audience, &grant);
    free(audience);
    return status;
}

const char *az_token_of_locked(const az_eventhub_t *client, const char *entity)
{
    char *name = audience_of(client, entity);
    const struct az_audience *audience = find_audience(client, name);

    free(name);
    return audience ? audience->token : "";
}

void az_audience_free(struct az_audience *audience)
{
    free(audience->name);
    free(audience->token);
    free(audience);
}

void az_unauthorize_locked(az_eventhub_t *client, const char *entity)
{
    char *name = audience_of(client, entity);
    struct az_audience **at = &client->audiences;

    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    struct az_audience *found = *at;
    if (found && --found->users == 0) {
        *at = found->next;
        az_audience_free(found);
    }
    free(name);
}

/* -- renewing (a thread of its own) --------------------------------------------------------------------------------- */

static struct az_audience *soonest_locked(az_eventhub_t *client)
{
    struct az_audience *soonest = NULL;

    for (struct az_audience *at = client->audiences; at; at = at->next) {
        if (at->renew_at_ms && (!soonest || at->renew_at_ms < soonest->renew_at_ms))
            soonest = at;
    }
    return soonest;
}

static void renew_locked(az_eventhub_t *client, const char *due)
{
    struct base_error err = {0};
    struct grant grant = {0};
    char *name = base_strdup(due); /* the entry may go while the lock is given up */
    enum base_status status = BASE_OK;

    if (client->amqp && amqp_connection_is_open(client->amqp))
        status = authorize_locked(client, name, az_until(client), &grant, &err);
    struct az_audience *audience = find_audience(client, name);
    if (audience) /* without a connection: whoever opens a link again puts a token anyway */
        audience->renew_at_ms =
            status ? base_clock_ms(client->config.clock) + RETRY_MS : grant.renew_at_ms;
    if (status && status != BASE_CANCELED)
        base_log(BASE_LOG_WARN, "azure", NULL, "a token for %s could not be renewed: %s", name,
                 err.message);
    free(grant.token);
    free(name);
}

void *az_renew_run(void *argument)
{
    az_eventhub_t *client = argument;

    pthread_mutex_lock(&client->lock);
    while (!client->stopping) {
        const struct az_audience *due = client->canceled ? NULL : soonest_locked(client);
        int64_t left_ms = due ? due->renew_at_ms - base_clock_ms(client->config.clock) : 0;
        if (due && left_ms <= 0)
            renew_locked(client, due->name);
        else
            az_sleep_locked(client, due ? base_monotonic_ms() +
                                              base_clock_real(client->config.clock, left_ms)
                                        : INT64_MAX);
    }
    pthread_mutex_unlock(&client->lock);
    return NULL;
}
