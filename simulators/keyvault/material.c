/* Decides what becomes of the bytes of a certificate: which are taken, and which secret they turn into. */
#include "simulators/keyvault/call.h"
#include "common/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PFX "application/x-pkcs12"
#define PEM "application/x-pem-file"
#define MONTH_MS (30LL * KV_DAY_MS + KV_DAY_MS / 2)
#define NAMES 100 /* most alternative names of a new certificate */

static base_key_t *open_pfx(struct kv_call *call, const char *value);
static base_key_t *open_pem(struct kv_call *call, const char *value);
static void describe_key(cJSON *policy, const base_key_t *key, const cJSON *jwk);
static bool put_secret(struct kv_call *call, const base_key_t *key, const cJSON *policy,
                       cJSON *version);
static void put_certificate(const base_key_t *key, cJSON *version);
static bool finish(struct kv_call *call, base_key_t *key, cJSON *policy, cJSON *version);

bool kv_material_import(struct kv_call *call, cJSON *policy, cJSON *version)
{
    const char *value = base_json_text(call->body, "value");
    const char *type = base_json_text(policy, "secret_props.contentType");

    if (!value) {
        kv_refuse(call, "BadMember", "value",
                  "the certificate was expected, as PKCS#12 in base64 or as PEM");
        return false;
    }
    if (type && !base_equal_nocase(type, PFX) && !base_equal_nocase(type, PEM)) {
        kv_refuse(call, "BadMember", "policy.secret_props.contentType",
                  PFX " or " PEM " was expected");
        return false;
    }
    const cJSON *exportable = base_json_at(policy, "key_props.exportable");
    if (exportable && !cJSON_IsBool(exportable) && !cJSON_IsNull(exportable)) {
        kv_refuse(call, "BadMember", "policy.key_props.exportable", "true or false was expected");
        return false;
    }
    bool pem = type ? base_equal_nocase(type, PEM) : strstr(value, "-----BEGIN") != NULL;
    base_key_t *key = pem ? open_pem(call, value) : open_pfx(call, value);
    if (!key)
        return false;
    if (!cJSON_IsObject(base_json_at(policy, "secret_props")))
        base_json_set(policy, "secret_props", cJSON_CreateObject());
    base_json_set_text(base_json_at(policy, "secret_props"), "contentType", pem ? PEM : PFX);
    if (!base_json_at(policy, "issuer.name")) {
        base_json_set(policy, "issuer", cJSON_CreateObject());
        base_json_set_text(base_json_at(policy, "issuer"), "name", "Unknown");
    }
    return finish(call, key, policy, version);
}

bool kv_material_make(struct kv_call *call, cJSON *policy, cJSON *version)
{
    const char *names[NAMES + 1] = {NULL};
    size_t count = 0;
    const cJSON *name;

    kv_policy_complete(policy);
    const char *kty = base_json_text(policy, "key_props.kty");
    int bits = (int)base_json_number(policy, "key_props.key_size", 2048);
    bool ec = base_starts_nocase(kty ? kty : "RSA", "EC");
    if (!ec && bits != 2048 && bits != 3072 && bits != 4096) {
        kv_refuse(call, "BadMember", "policy.key_props.key_size",
                  "2048, 3072 or 4096 was expected");
        return false;
    }
    cJSON_ArrayForEach(
        name, base_json_at(policy, "x509_props.sans.dns_names")) if (cJSON_IsString(name) &&
                                                                     count < NAMES) names[count++] =
        name->valuestring;
    base_key_t *key = ec ? base_key_new_ec() : base_key_new_rsa(bits);
    int64_t months = (int64_t)base_json_number(policy, "x509_props.validity_months", 12);
    const struct base_certificate_request request = {
        .common_name = base_json_text(policy, "x509_props.subject") + strlen("CN="),
        .dns_names = names,
        .not_before_ms =
            call->now_ms - 600000, /* as the real one does, against clocks that differ */
        .not_after_ms = call->now_ms + months * MONTH_MS,
        .client = true};
    base_key_certify(key, NULL, &request, sim_world_random(call->kv->world));
    return finish(call, key, policy, version);
}

static void default_item(cJSON *object, const char *name, cJSON *item)
{
    const cJSON *old = base_json_at(object, name);

    if (old && !cJSON_IsNull(old))
        cJSON_Delete(item);
    else
        base_json_set(object, name, item);
}

static cJSON *default_object(cJSON *object, const char *name)
{
    if (!cJSON_IsObject(base_json_at(object, name)))
        base_json_set(object, name, cJSON_CreateObject());
    return base_json_at(object, name);
}

void kv_policy_complete(cJSON *policy)
{
    cJSON *key = default_object(policy, "key_props"),
          *secret = default_object(policy, "secret_props");
    cJSON *x509 = default_object(policy, "x509_props");

    default_item(key, "exportable", cJSON_CreateTrue());
    default_item(key, "kty", cJSON_CreateString("RSA"));
    default_item(key, "key_size", cJSON_CreateNumber(2048));
    default_item(key, "reuse_key", cJSON_CreateFalse());
    default_item(secret, "contentType", cJSON_CreateString(PFX));
    default_item(x509, "validity_months", cJSON_CreateNumber(12));
    default_item(policy, "lifetime_actions", cJSON_CreateArray());
    default_object(policy, "issuer");
    default_object(policy, "attributes");
}

static base_key_t *complete(struct kv_call *call, base_key_t *key, const char *row)
{
    if (key && base_key_has_certificate(key))
        return key;
    base_key_free(key);
    if (base_equal(row, "BadPem"))
        kv_refuse(call, "BadPem", "A private key and its certificate were expected.");
    else
        kv_refuse(call, row);
    return NULL;
}

static base_key_t *open_pfx(struct kv_call *call, const char *value)
{
    struct base_buf der = {0};
    base_key_t *key = NULL;

    if (base_base64_decode(&der, value, strlen(value)))
        key = base_key_from_pkcs12(der.data, der.len, base_json_text(call->body, "pwd"), NULL);
    base_buf_release(&der);
    return complete(call, key, "BadPfx");
}

/* The private key must be PKCS#8: that is what the real one insists on. */
static base_key_t *open_pem(struct kv_call *call, const char *value)
{
    struct base_buf text = {0};
    base_key_t *key = NULL;

    if (!strstr(value, "-----BEGIN") && base_base64_decode(&text, value, strlen(value)))
        value = base_arena_strndup(call->arena, text.data, text.len);
    base_buf_release(&text);
    if (!strstr(value, "-----BEGIN PRIVATE KEY-----")) {
        kv_refuse(call, "BadPem", "The private key must be in PKCS#8 form (BEGIN PRIVATE KEY).");
        return NULL;
    }
    key = base_key_from_pem(value, strlen(value), NULL);
    return complete(call, key, "BadPem");
}

static bool finish(struct kv_call *call, base_key_t *key, cJSON *policy, cJSON *version)
{
    cJSON *jwk = base_key_jwk(key, NULL), *attributes;
    bool good = false;

    if (!jwk) {
        kv_refuse(call, "BadMember", "value", "an RSA or EC key was expected");
    } else {
        kv_policy_complete(policy);
        describe_key(policy, key, jwk);
        attributes = base_json_at(policy, "attributes");
        base_json_set_bool(attributes, "enabled", true);
        base_json_set_number(attributes, "created", (double)(call->now_ms / 1000));
        base_json_set_number(attributes, "updated", (double)(call->now_ms / 1000));
        put_certificate(key, version);
        good = put_secret(call, key, policy, version);
        cJSON_DeleteItemFromObjectCaseSensitive(jwk, "use");
        cJSON_DeleteItemFromObjectCaseSensitive(jwk, "x5c");
        cJSON_DeleteItemFromObjectCaseSensitive(jwk, "x5t");
        base_json_set(version, "jwk", base_json_copy(jwk));
    }
    cJSON_Delete(jwk);
    base_key_free(key);
    return good;
}

/* What the key is decides over what the policy says it is. */
static void describe_key(cJSON *policy, const base_key_t *key, const cJSON *jwk)
{
    cJSON *props = base_json_at(policy, "key_props"), *x509 = base_json_at(policy, "x509_props");
    const char *number = base_json_text(jwk, "n");

    base_json_set_text(props, "kty", base_json_text(jwk, "kty"));
    if (number) {
        base_json_set_number(props, "key_size", (double)(strlen(number) * 6 / 8 * 8));
        base_json_set_text(props, "crv", NULL);
    } else {
        base_json_set_text(props, "crv", base_json_text(jwk, "crv"));
        cJSON_DeleteItemFromObjectCaseSensitive(props, "key_size");
    }
    if (!base_json_text(x509, "subject"))
        base_json_set_text(x509, "subject", base_key_subject(key));
}

static void put_base64(cJSON *version, const char *name, const void *data, size_t len, bool url)
{
    struct base_buf text = {0};

    if (url)
        base_base64url_encode(&text, data, len);
    else
        base_base64_encode(&text, data, len);
    base_json_set_text(version, name, text.data);
    base_buf_release(&text);
}

static void put_certificate(const base_key_t *key, cJSON *version)
{
    struct base_buf der = {0};
    unsigned char print[20];
    int64_t from, to;

    base_key_certificate_der(key, &der);
    put_base64(version, "cer", der.data, der.len, false);
    base_key_thumbprint_sha1(key, print);
    put_base64(version, "x5t", print, sizeof print, true);
    base_key_validity(key, &from, &to);
    base_json_set_number(version, "nbf", (double)(from / 1000));
    base_json_set_number(version, "exp", (double)(to / 1000));
    base_buf_release(&der);
}

/* The managed secret: PKCS#12 without password, or PEM. A key that is not exportable stays inside: then the certificate alone. */
static bool put_secret(struct kv_call *call, const base_key_t *key, const cJSON *policy,
                       cJSON *version)
{
    const char *type = base_json_text(policy, "secret_props.contentType");
    bool exportable = base_json_true(policy, "key_props.exportable");
    struct base_buf out = {0};
    struct base_error err = {0};

    base_json_set_text(version, "contentType", type);
    if (base_equal_nocase(type, PEM)) {
        if (exportable)
            base_key_pem(key, &out);
        base_key_chain_pem(key, &out);
        base_json_set_text(version, "value", out.data);
    } else if (!exportable) {
        base_key_certificate_der(key, &out);
        put_base64(version, "value", out.data, out.len, false);
    } else if (base_key_pkcs12(key, "", &out, &err) == BASE_OK) {
        put_base64(version, "value", out.data, out.len, false);
    } else {
        kv_refuse(call, "BadPfx");
    }
    base_buf_release(&out);
    return base_json_at(version, "value") != NULL;
}
