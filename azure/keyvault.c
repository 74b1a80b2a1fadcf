/* Decides how certificates go into a Key Vault and come out of it again. */
#include "azure/keyvault.h"

#include "azure/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION "7.4"
#define PFX "application/x-pkcs12"
#define PEM "application/x-pem-file"
#define PURGE_TRIES 15 /* a vault needs a moment between delete and purge */
#define PURGE_WAIT_MS 2000

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

/* What goes to a vault and comes from it is wiped here: it may be a key. */
static enum base_status exchange(const struct az_keyvault *kv, const char *method, const char *url,
                                 const cJSON *body, cJSON **out, struct base_error *err)
{
    struct base_http_answer answer = {0};
    char *text = body ? base_json_print(body) : NULL;
    struct az_call call = {
        .method = method, .url = url, .resource = AZ_KEYVAULT_RESOURCE, .body = text};
    enum base_status status = az_send(&kv->az, kv->credential, &call, &answer, err);

    if (out)
        *out = NULL;
    if (status == BASE_OK && out)
        status = az_answer_json(method, url, &answer, out, err);
    az_secret_release(&answer.body);
    base_http_answer_release(&answer);
    az_secret_free(text);
    return status;
}

static cJSON *import_body(const base_key_t *key, const cJSON *tags, struct base_error *err)
{
    struct base_buf pfx = {0}, text = {0};
    cJSON *body = NULL;

    if (!base_key_has_certificate(key)) {
        base_error_set(err, BASE_INVALID, NULL, "the key to import has no certificate");
    } else if (base_key_pkcs12(key, "", &pfx, err) == BASE_OK) {
        base_buf_reserve(&text, pfx.len * 2);
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
    az_secret_release(&text);
    az_secret_release(&pfx);
    return body;
}

enum base_status az_keyvault_import_certificate(const struct az_keyvault *kv, const char *name,
                                                const base_key_t *key, const cJSON *tags,
                                                char **secret_id, struct base_error *err)
{
    cJSON *body = import_body(key, tags, err), *bundle = NULL;
    char *url = url_of(kv, "certificates", name, "import");
    enum base_status status = body ? exchange(kv, "POST", url, body, &bundle, err) : BASE_INVALID;

    if (secret_id)
        *secret_id = NULL;
    if (status == BASE_OK && secret_id) {
        *secret_id = az_keyvault_secret_of(bundle);
        if (!*secret_id)
            status = base_error_set(err, BASE_PROTOCOL, "InvalidAnswer",
                                    "the certificate bundle of %s has no sid", name);
    }
    cJSON_Delete(bundle);
    az_secret_json(body);
    free(url);
    return status;
}

/* ".../secrets/name/version" -> ".../secrets/name" */
char *az_keyvault_secret_of(const cJSON *bundle)
{
    const char *sid = base_json_text(bundle, "sid");
    const char *name = sid ? strstr(sid, "/secrets/") : NULL;

    if (!name)
        return NULL;
    name += strlen("/secrets/");
    return base_strndup(sid, (size_t)(name - sid) + strcspn(name, "/"));
}

enum base_status az_keyvault_get_certificate(const struct az_keyvault *kv, const char *name,
                                             cJSON **out, struct base_error *err)
{
    char *url = url_of(kv, "certificates", name, NULL);
    enum base_status status = exchange(kv, "GET", url, NULL, out, err);

    free(url);
    return status;
}

static enum base_status remove_one(const struct az_keyvault *kv, const char *kind, const char *name,
                                   struct base_error *found)
{
    char *url = url_of(kv, kind, name, NULL);

    base_error_clear(found);
    enum base_status status = exchange(kv, "DELETE", url, NULL, NULL, found);
    free(url);
    return status;
}

/* While a vault still deletes, the deleted certificate is not there yet (404) or busy (409). */
enum base_status az_keyvault_delete_certificate(const struct az_keyvault *kv, const char *name,
                                                struct base_error *err)
{
    struct base_error found = {0};
    enum base_status status = remove_one(kv, "certificates", name, &found);
    bool deleted = status == BASE_OK;

    if (!deleted && status != BASE_NOT_FOUND)
        return az_report(&found, err);
    for (int try = 0; try < PURGE_TRIES; try++) {
        status = remove_one(kv, "deletedcertificates", name, &found);
        if (status == BASE_OK || (status == BASE_NOT_FOUND && !deleted))
            return BASE_OK;
        if (status != BASE_NOT_FOUND && status != BASE_CONFLICT)
            break;
        if (!az_wait(&kv->az, PURGE_WAIT_MS))
            return base_error_set(err, BASE_CANCELED, NULL, "the purge of %s was canceled", name);
    }
    if (status != BASE_NOT_FOUND)
        return az_report(&found, err);
    return base_error_set(
        err, BASE_UNAVAILABLE, found.code,
        "the certificate %s was deleted, but the vault does not list it among the "
        "deleted ones, so it cannot be purged: %.600s",
        name, found.message);
}

static enum base_status open_secret(const cJSON *bundle, base_key_t **key, struct base_error *err)
{
    const char *value = base_json_text(bundle, "value"),
               *type = base_json_text(bundle, "contentType");
    struct base_error found = {0};
    struct base_buf der = {0};

    if (!value)
        return base_error_set(err, BASE_PROTOCOL, "InvalidAnswer", "the secret has no value");
    if (base_equal(type, PEM))
        *key = base_key_from_pem(value, strlen(value), &found);
    else if (base_base64_decode(&der, value, strlen(value)))
        *key = base_key_from_pkcs12(der.data, der.len, "", &found);
    else
        base_error_set(&found, BASE_PROTOCOL, NULL, "it is neither PEM nor base64 of PKCS#12");
    az_secret_release(&der);
    if (*key && !base_key_has_certificate(*key)) {
        base_key_free(*key);
        *key = NULL;
        base_error_set(&found, BASE_PROTOCOL, NULL, "it holds a key without its certificate");
    }
    if (*key)
        return BASE_OK;
    return base_error_set(err, BASE_PROTOCOL, found.code[0] ? found.code : "InvalidAnswer",
                          "the secret (content type %s) cannot be opened: %.600s",
                          type ? type : "absent", found.message);
}

enum base_status az_keyvault_get_key(const struct az_keyvault *kv, const char *secret_id,
                                     base_key_t **key, char version[64], struct base_error *err)
{
    struct base_buf url = {0};
    cJSON *bundle = NULL;

    *key = NULL;
    base_buf_puts(&url, secret_id);
    base_query_add(&url, "api-version", API_VERSION);
    enum base_status status = exchange(kv, "GET", url.data, NULL, &bundle, err);
    if (status == BASE_OK)
        status = open_secret(bundle, key, err);
    if (status == BASE_OK && version) {
        const char *id = base_json_text(bundle, "id"), *slash = id ? strrchr(id, '/') : NULL;
        snprintf(version, 64, "%s", slash ? slash + 1 : "");
    }
    az_secret_json(bundle);
    base_buf_release(&url);
    return status;
}
