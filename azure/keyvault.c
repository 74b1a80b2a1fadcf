/* Decides how certificates go into a Key Vault and come out of it again. */
#include "azure/keyvault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION "7.4"
#define PFX "application/x-pkcs12"

static char *url_of(const struct az_keyvault *kv, const char *kind, const char *name,
                    const char *verb)
{
    struct base_buf url = {0};
    size_t len = strlen(kv->vault);

    while (len && kv->vault[len - 1] == '/')
        len--;
    base_buf_printf(&url, "%.*s/%s/", (int)len, kv->vault, kind);
    base_uri_encode(&url, name, NULL);
    if (verb)
        base_buf_printf(&url, "/%s", verb);
    base_query_add(&url, "api-version", API_VERSION);
    return base_buf_take(&url);
}

static enum base_status exchange(const struct az_keyvault *kv, const char *method, const char *url,
                                 const cJSON *body, cJSON **out, struct base_error *err)
{
    struct base_http_answer answer = {0};
    char *text = body ? base_json_print(body) : NULL;
    struct az_call call = {
        .method = method, .url = url, .resource = AZ_KEYVAULT_RESOURCE, .body = text};
    enum base_status status = az_send(&kv->az, kv->credential, &call, &answer, err);

    if (status == BASE_OK && out) {
        *out = base_json_parse(answer.body.data, answer.body.len, err);
        status = *out ? BASE_OK : BASE_PROTOCOL;
    }
    base_http_answer_release(&answer);
    free(text);
    return status;
}

static cJSON *import_body(const base_key_t *key, const cJSON *tags, struct base_error *err)
{
    struct base_buf pfx = {0}, text = {0};
    cJSON *body = NULL;

    if (base_key_pkcs12(key, "", &pfx, err) == BASE_OK) {
        base_base64_encode(&text, pfx.data, pfx.len);
        body = cJSON_CreateObject();
        base_json_set_text(body, "value", text.data);
        base_json_set_text(body, "pwd", "");
        cJSON *policy = cJSON_AddObjectToObject(body, "policy");
        cJSON *secret = cJSON_AddObjectToObject(policy, "secret_props");
        base_json_set_text(secret, "contentType", PFX);
        if (tags)
            cJSON_AddItemToObject(body, "tags", base_json_copy(tags));
    }
    base_buf_release(&text);
    base_buf_release(&pfx);
    return body;
}

/* ".../secrets/name/version" -> ".../secrets/name" */
static char *without_version(const char *sid)
{
    const char *name = sid ? strstr(sid, "/secrets/") : NULL;

    if (!name)
        return NULL;
    name += strlen("/secrets/");
    return base_strndup(sid, (size_t)(name - sid) + strcspn(name, "/"));
}

enum base_status az_keyvault_import_certificate(const struct az_keyvault *kv, const char *name,
                                                const base_key_t *key, const cJSON *tags,
                                                char **secret_id, struct base_error *err)
{
    cJSON *body = import_body(key, tags, err), *bundle = NULL;
    char *url = url_of(kv, "certificates", name, "import");
    enum base_status status = body ? exchange(kv, "POST", url, body, &bundle, err) : BASE_INVALID;

    if (status == BASE_OK && secret_id) {
        *secret_id = without_version(base_json_text(bundle, "sid"));
        if (!*secret_id)
            status = base_error_set(err, BASE_PROTOCOL, NULL,
                                    "the certificate bundle of %s has no sid", name);
    }
    cJSON_Delete(bundle);
    cJSON_Delete(body);
    free(url);
    return status;
}

enum base_status az_keyvault_get_certificate(const struct az_keyvault *kv, const char *name,
                                             cJSON **out, struct base_error *err)
{
    char *url = url_of(kv, "certificates", name, NULL);
    enum base_status status = exchange(kv, "GET", url, NULL, out, err);

    if (status != BASE_OK)
        *out = NULL;
    free(url);
    return status;
}

static enum base_status remove_one(const struct az_keyvault *kv, const char *kind, const char *name,
                                   struct base_error *err)
{
    struct base_error found = {0};
    char *url = url_of(kv, kind, name, NULL);
    enum base_status status = exchange(kv, "DELETE", url, NULL, NULL, &found);

    free(url);
    if (status == BASE_NOT_FOUND)
        return BASE_OK;
    if (status != BASE_OK && err && err->status == BASE_OK)
        *err = found;
    return status;
}

enum base_status az_keyvault_delete_certificate(const struct az_keyvault *kv, const char *name,
                                                struct base_error *err)
{
    enum base_status status = remove_one(kv, "certificates", name, err);
    return status == BASE_OK ? remove_one(kv, "deletedcertificates", name, err) : status;
}

static enum base_status open_secret(const cJSON *bundle, base_key_t **key, struct base_error *err)
{
    const char *value = base_json_text(bundle, "value"),
               *type = base_json_text(bundle, "contentType");
    struct base_buf der = {0};

    *key = NULL;
    if (!value)
        return base_error_set(err, BASE_PROTOCOL, NULL, "the secret has no value");
    if (type && !strcmp(type, "application/x-pem-file"))
        *key = base_key_from_pem(value, strlen(value), err);
    else if (base_base64_decode(&der, value, strlen(value)))
        *key = base_key_from_pkcs12(der.data, der.len, "", err);
    else
        base_error_set(err, BASE_PROTOCOL, NULL, "the secret is neither PEM nor base64 PKCS#12");
    base_buf_release(&der);
    return *key ? BASE_OK : BASE_PROTOCOL;
}

enum base_status az_keyvault_get_key(const struct az_keyvault *kv, const char *secret_id,
                                     base_key_t **key, char version[64], struct base_error *err)
{
    struct base_buf url = {0};
    cJSON *bundle = NULL;

    base_buf_puts(&url, secret_id);
    base_query_add(&url, "api-version", API_VERSION);
    enum base_status status = exchange(kv, "GET", url.data, NULL, &bundle, err);
    if (status == BASE_OK)
        status = open_secret(bundle, key, err);
    if (status == BASE_OK && version) {
        const char *id = base_json_text(bundle, "id"), *slash = id ? strrchr(id, '/') : NULL;
        snprintf(version, 64, "%s", slash ? slash + 1 : "");
    }
    cJSON_Delete(bundle);
    base_buf_release(&url);
    return status;
}
