/* Decides where a bearer token comes from and how long it is kept. */
#include "azure/credential.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EARLY_MS (5 * 60 * 1000) /* renewed this long before it expires */
#define CACHE_MAX 64
#define ASSERTION_LIFE_S 600
#define JWT_BEARER "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

enum kind { SECRET, CERTIFICATE, MANAGED };

struct cached {
    char *tenant, *resource, *token;
    int64_t expires_ms;
};
struct az_credential {
    enum kind kind;
    struct az_client az;
    char *authority, *tenant, *client_id, *secret, *endpoint;
    base_key_t *key;
    pthread_mutex_t lock; /* the cache; held while asking, so that one question serves all */
    struct cached cache[CACHE_MAX];
    size_t count;
};

static az_credential_t *credential_new(enum kind kind, const struct az_client *az,
                                       const char *client_id)
{
    az_credential_t *credential = base_alloc(sizeof *credential);

    credential->kind = kind;
    credential->az = *az;
    credential->client_id = base_strdup(client_id);
    pthread_mutex_init(&credential->lock, NULL);
    return credential;
}

az_credential_t *az_credential_secret(const struct az_client *az, const char *authority,
                                      const char *tenant, const char *client_id, const char *secret)
{
    az_credential_t *credential = credential_new(SECRET, az, client_id);

    credential->authority =
        base_strdup(authority ? authority : "https://login.microsoftonline.com");
    credential->tenant = base_strdup(tenant);
    credential->secret = base_strdup(secret);
    return credential;
}

az_credential_t *az_credential_certificate(const struct az_client *az, const char *authority,
                                           const char *tenant, const char *client_id,
                                           base_key_t *key)
{
    az_credential_t *credential = credential_new(CERTIFICATE, az, client_id);

    credential->authority =
        base_strdup(authority ? authority : "https://login.microsoftonline.com");
    credential->tenant = base_strdup(tenant);
    credential->key = key;
    return credential;
}

az_credential_t *az_credential_managed(const struct az_client *az, const char *endpoint,
                                       const char *client_id)
{
    const char *env = getenv("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    az_credential_t *credential = credential_new(MANAGED, az, client_id);

    credential->endpoint = base_strdup(endpoint      ? endpoint
                                       : env && *env ? env
                                                     : "http://169.254.169.254");
    return credential;
}

static void drop_cache(az_credential_t *credential)
{
    for (size_t i = 0; i < credential->count; i++) {
        free(credential->cache[i].tenant);
        free(credential->cache[i].resource);
        free(credential->cache[i].token);
    }
    credential->count = 0;
}

void az_credential_free(az_credential_t *credential)
{
    if (!credential)
        return;
    drop_cache(credential);
    pthread_mutex_destroy(&credential->lock);
    free(credential->authority);
    free(credential->tenant);
    free(credential->client_id);
    free(credential->secret);
    free(credential->endpoint);
    base_key_free(credential->key);
    free(credential);
}

void az_credential_forget(az_credential_t *credential)
{
    pthread_mutex_lock(&credential->lock);
    drop_cache(credential);
    pthread_mutex_unlock(&credential->lock);
}

/* header: x5t of the certificate and its chain (subject-name/issuer trust needs it). */
static cJSON *assertion_header(const base_key_t *key)
{
    unsigned char thumbprint[20];
    struct base_buf text = {0}, der = {0};
    cJSON *header = cJSON_CreateObject(), *chain;

    base_json_set_text(header, "typ", "JWT");
    base_key_thumbprint_sha1(key, thumbprint);
    base_base64url_encode(&text, thumbprint, sizeof thumbprint);
    base_json_set_text(header, "x5t", text.data);
    base_buf_clear(&text);
    base_key_certificate_der(key, &der);
    base_base64_encode(&text, der.data, der.len);
    chain = cJSON_AddArrayToObject(header, "x5c");
    cJSON_AddItemToArray(chain, cJSON_CreateString(text.data));
    base_buf_release(&der);
    base_buf_release(&text);
    return header;
}

static char *make_assertion(az_credential_t *credential, const char *audience)
{
    cJSON *header = assertion_header(credential->key), *claims = cJSON_CreateObject();
    int64_t now = base_clock_s(credential->az.clock);
    char id[BASE_UUID_TEXT];

    base_uuid(credential->az.random, id);
    base_json_set_text(claims, "aud", audience);
    base_json_set_text(claims, "iss", credential->client_id);
    base_json_set_text(claims, "sub", credential->client_id);
    base_json_set_text(claims, "jti", id);
    base_json_set_number(claims, "nbf", (double)now);
    base_json_set_number(claims, "iat", (double)now);
    base_json_set_number(claims, "exp", (double)(now + ASSERTION_LIFE_S));
    char *assertion = base_jwt_sign(credential->key, "RS256", header, claims);
    cJSON_Delete(header);
    cJSON_Delete(claims);
    return assertion;
}

static void form_add(struct base_buf *form, const char *name, const char *value)
{
    if (form->len)
        base_buf_putc(form, '&');
    base_buf_printf(form, "%s=", name);
    base_uri_encode(form, value, NULL);
}

/* "https://x" -> scope "https://x/.default"; a trailing slash of the resource is part of the
 * audience. */
static enum base_status ask_entra(az_credential_t *credential, const char *tenant,
                                  const char *resource, struct base_http_answer *answer,
                                  struct base_error *err)
{
    char *url = base_asprintf("%s/%s/oauth2/v2.0/token", credential->authority, tenant);
    char *scope = base_asprintf("%s/.default", resource);
    char *assertion = NULL;
    struct base_buf form = {0};

    form_add(&form, "grant_type", "client_credentials");
    form_add(&form, "client_id", credential->client_id);
    form_add(&form, "scope", scope);
    if (credential->kind == SECRET) {
        form_add(&form, "client_secret", credential->secret);
    } else {
        assertion = make_assertion(credential, url);
        form_add(&form, "client_assertion_type", JWT_BEARER);
        form_add(&form, "client_assertion", assertion);
    }
    struct az_call call = {.method = "POST",
                           .url = url,
                           .content_type = "application/x-www-form-urlencoded",
                           .body = form.data,
                           .body_len = form.len};
    enum base_status status = az_send(&credential->az, NULL, &call, answer, err);
    free(assertion);
    free(scope);
    free(url);
    base_buf_release(&form);
    return status;
}

static enum base_status ask_managed(az_credential_t *credential, const char *resource,
                                    struct base_http_answer *answer, struct base_error *err)
{
    struct base_buf url = {0};
    struct base_headers headers = {0};

    base_buf_printf(&url, "%s/metadata/identity/oauth2/token", credential->endpoint);
    base_query_add(&url, "api-version", "2018-02-01");
    base_query_add(&url, "resource", resource);
    if (credential->client_id)
        base_query_add(&url, "client_id", credential->client_id);
    base_headers_set(&headers, "Metadata", "true");
    struct az_call call = {.method = "GET", .url = url.data, .headers = &headers};
    enum base_status status = az_send(&credential->az, NULL, &call, answer, err);
    base_headers_release(&headers);
    base_buf_release(&url);
    return status;
}

/* expires_in is a number from Entra and a text from managed-identity endpoints. */
static int64_t expires_in_s(const cJSON *body)
{
    const cJSON *item = base_json_at(body, "expires_in");
    int64_t seconds = 0;

    if (cJSON_IsNumber(item))
        return (int64_t)item->valuedouble;
    return cJSON_IsString(item) && base_parse_int64(item->valuestring, &seconds) ? seconds : 0;
}

static enum base_status ask(az_credential_t *credential, const char *tenant, const char *resource,
                            char **token, int64_t *expires_ms, struct base_error *err)
{
    struct base_http_answer answer = {0};
    enum base_status status = credential->kind == MANAGED
                                  ? ask_managed(credential, resource, &answer, err)
                                  : ask_entra(credential, tenant, resource, &answer, err);
    cJSON *body = NULL;

    if (status == BASE_INVALID || status == BASE_DENIED || status == BASE_NOT_FOUND)
        status = BASE_UNAUTHENTICATED; /* whatever the reason, there is no token */
    if (status != BASE_OK) {
        if (err)
            err->status = status;
        goto done;
    }
    body = base_json_parse(answer.body.data, answer.body.len, NULL);
    const char *text = base_json_text(body, "access_token");
    if (text) {
        *token = base_strdup(text);
        *expires_ms = base_clock_ms(credential->az.clock) + expires_in_s(body) * 1000;
    } else {
        status = base_error_set(err, BASE_PROTOCOL, NULL, "the token answer holds no access_token");
    }
done:
    cJSON_Delete(body);
    base_http_answer_release(&answer);
    return status;
}

static struct cached *find_locked(az_credential_t *credential, const char *tenant,
                                  const char *resource)
{
    for (size_t i = 0; i < credential->count; i++)
        if (base_equal(credential->cache[i].tenant, tenant) &&
            base_equal(credential->cache[i].resource, resource))
            return &credential->cache[i];
    return NULL;
}

static void keep_locked(az_credential_t *credential, const char *tenant, const char *resource,
                        const char *token, int64_t expires_ms)
{
    struct cached *entry = find_locked(credential, tenant, resource);

    if (!entry) {
        if (credential->count == CACHE_MAX)
            drop_cache(credential);
        entry = &credential->cache[credential->count++];
        *entry = (struct cached){.tenant = base_strdup(tenant), .resource = base_strdup(resource)};
    }
    free(entry->token);
    entry->token = base_strdup(token);
    entry->expires_ms = expires_ms;
}

enum base_status az_token(az_credential_t *credential, const char *tenant, const char *resource,
                          char **token, struct base_error *err)
{
    enum base_status status = BASE_OK;
    int64_t expires_ms = 0;

    if (!tenant)
        tenant = credential->tenant;
    *token = NULL;
    pthread_mutex_lock(&credential->lock);
    struct cached *entry = find_locked(credential, tenant, resource);
    if (entry && entry->expires_ms - EARLY_MS > base_clock_ms(credential->az.clock))
        *token = base_strdup(entry->token);
    else
        status = ask(credential, tenant, resource, token, &expires_ms, err);
    if (status == BASE_OK && expires_ms)
        keep_locked(credential, tenant, resource, *token, expires_ms);
    pthread_mutex_unlock(&credential->lock);
    return status;
}
