/* Decides how Entra ID or a managed-identity endpoint is asked for a token. */
#include "azure/credential_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASSERTION_LIFE_S 600
#define JWT_BEARER "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define IMDS_VERSION "2018-02-01"
#define FORM_RESERVE 16384 /* so that a growing form leaves no copies of the secret behind */

/* x5c: the chain, leaf first, as base64 of DER: what a PEM text holds between its lines. */
static cJSON *chain_of(const base_key_t *key)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END";
    struct base_buf pem = {0};
    cJSON *chain = cJSON_CreateArray();

    base_key_chain_pem(key, &pem);
    for (const char *at = pem.data; at && (at = strstr(at, begin));) {
        struct base_buf text = {0};
        for (at += strlen(begin); *at && strncmp(at, end, strlen(end)); at++)
            if (*at != '\n' && *at != '\r')
                base_buf_putc(&text, *at);
        cJSON_AddItemToArray(chain, cJSON_CreateString(text.data ? text.data : ""));
        base_buf_release(&text);
    }
    base_buf_release(&pem);
    return chain;
}

/* x5t of the certificate, and its chain for services that trust by subject name and issuer. */
static cJSON *assertion_header(const base_key_t *key)
{
    unsigned char thumbprint[20];
    struct base_buf text = {0};
    cJSON *header = cJSON_CreateObject();

    base_key_thumbprint_sha1(key, thumbprint);
    base_base64url_encode(&text, thumbprint, sizeof thumbprint);
    base_json_set_text(header, "typ", "JWT");
    base_json_set_text(header, "x5t", text.data);
    base_json_set(header, "x5c", chain_of(key));
    base_buf_release(&text);
    return header;
}

static char *make_assertion(const az_credential_t *credential, const char *audience)
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

/* Can this key sign an assertion? */
static enum base_status check_key(const az_credential_t *credential, struct base_error *err)
{
    if (!credential->key || !base_key_has_certificate(credential->key))
        return base_error_set(err, BASE_UNAUTHENTICATED, "InvalidCertificate",
                              "the credential of application %s has no certificate",
                              credential->client_id);
    cJSON *jwk = base_key_jwk(credential->key, NULL);
    bool rsa = base_equal(base_json_text(jwk, "kty"), "RSA");
    cJSON_Delete(jwk);
    if (rsa)
        return BASE_OK;
    return base_error_set(err, BASE_UNAUTHENTICATED, "InvalidCertificate",
                          "the certificate %s of application %s has a key that is not RSA, RS256 "
                          "needs an RSA key",
                          base_key_subject(credential->key), credential->client_id);
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
static void fill_form(const az_credential_t *credential, const char *resource,
                      const char *assertion, struct base_buf *form)
{
    char *scope = base_asprintf("%s/.default", resource);

    base_buf_reserve(form, FORM_RESERVE);
    form_add(form, "grant_type", "client_credentials");
    form_add(form, "client_id", credential->client_id);
    form_add(form, "scope", scope);
    if (assertion) {
        form_add(form, "client_assertion_type", JWT_BEARER);
        form_add(form, "client_assertion", assertion);
    } else {
        form_add(form, "client_secret", credential->secret);
    }
    free(scope);
}

static enum base_status ask_entra(const az_credential_t *credential, const char *tenant,
                                  const char *resource, struct base_http_answer *answer,
                                  struct base_error *err)
{
    char *url = base_asprintf("%s/%s/oauth2/v2.0/token", credential->authority, tenant);
    char *assertion = NULL;
    struct base_buf form = {0};
    enum base_status status =
        credential->kind == AZ_CERTIFICATE ? check_key(credential, err) : BASE_OK;

    if (status == BASE_OK) {
        if (credential->kind == AZ_CERTIFICATE)
            assertion = make_assertion(credential, url);
        fill_form(credential, resource, assertion, &form);
        struct az_call call = {.method = "POST",
                               .url = url,
                               .content_type = "application/x-www-form-urlencoded",
                               .body = form.data,
                               .body_len = form.len,
                               .repeatable = true};
        status = az_send(&credential->az, NULL, &call, answer, err);
        az_conceal(err, credential->secret);
        az_conceal(err, assertion);
    }
    az_secret_free(assertion);
    az_secret_release(&form);
    free(url);
    return status;
}

static enum base_status ask_managed(const az_credential_t *credential, const char *resource,
                                    struct base_http_answer *answer, struct base_error *err)
{
    struct base_buf url = {0};
    struct base_headers headers = {0};

    base_buf_printf(&url, "%s/metadata/identity/oauth2/token", credential->endpoint);
    base_query_add(&url, "api-version", IMDS_VERSION);
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

/* A number from Entra ID, a text from managed-identity endpoints. */
static int64_t number_at(const cJSON *body, const char *name)
{
    const cJSON *item = base_json_at(body, name);
    int64_t number = 0;

    if (cJSON_IsNumber(item))
        return item->valuedouble > 0 && item->valuedouble < 1e12 ? (int64_t)item->valuedouble : 0;
    if (cJSON_IsString(item) && base_parse_int64(item->valuestring, &number))
        return number > 0 && number < 1000000000000 ? number : 0;
    return 0;
}

static enum base_status read_token(const az_credential_t *credential,
                                   const struct base_http_answer *answer, char **token,
                                   int64_t *life_s, struct base_error *err)
{
    cJSON *body = base_json_parse(answer->body.data, answer->body.len, NULL);
    const char *text = base_json_text(body, "access_token");
    enum base_status status = BASE_OK;

    *life_s = number_at(body, "expires_in");
    int64_t until_s = number_at(body, "expires_on"), now_s = base_clock_s(credential->az.clock);
    if (!*life_s && until_s > now_s)
        *life_s = until_s - now_s;
    if (text && *text)
        *token = base_strdup(text);
    else
        status = base_error_set(err, BASE_PROTOCOL, "InvalidAnswer",
                                body ? "the token answer holds no access_token"
                                     : "the token answer is not JSON");
    az_secret_json(body);
    return status;
}

enum base_status az_token_ask(const az_credential_t *credential, const char *tenant,
                              const char *resource, char **token, int64_t *life_s,
                              struct base_error *err)
{
    struct base_http_answer answer = {0};
    enum base_status status = credential->kind == AZ_MANAGED
                                  ? ask_managed(credential, resource, &answer, err)
                                  : ask_entra(credential, tenant, resource, &answer, err);

    if (status == BASE_INVALID || status == BASE_DENIED || status == BASE_NOT_FOUND)
        status = err->status = BASE_UNAUTHENTICATED; /* whatever the reason, there is no token */
    if (status == BASE_OK)
        status = read_token(credential, &answer, token, life_s, err);
    az_secret_release(&answer.body);
    base_http_answer_release(&answer);
    return status;
}
