/* Decides how Kubernetes objects are read and brought to what they should be. */
#include "azure/kubernetes_private.h"
#include "azure/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MERGE_PATCH "application/merge-patch+json"

static enum base_status exchange(az_kubernetes_t *k8s, const char *method, const char *path,
                                 const char *content_type, const cJSON *body, cJSON **out,
                                 struct base_error *err)
{
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    struct base_error found = {0};
    char *url = base_asprintf("%s%s", k8s->server, path),
         *text = body ? base_json_print(body) : NULL;
    struct az_client az = k8s->az;

    az.http = k8s->http;
    if (base_http_client_canceled(k8s->az.http))
        base_http_client_cancel(k8s->http);
    if (k8s->token)
        base_headers_addf(&headers, "Authorization", "Bearer %s", k8s->token);
    struct az_call call = {.method = method,
                           .url = url,
                           .headers = &headers,
                           .body = text,
                           .content_type = content_type};
    enum base_status status = az_send(&az, NULL, &call, &answer, &found);
    if (out)
        *out = NULL;
    if (status == BASE_CONFLICT && base_equal(found.code, "AlreadyExists"))
        found.status = BASE_EXISTS;
    if (status == BASE_OK && out)
        status = az_answer_json(method, url, &answer, out, &found);
    if (status != BASE_OK)
        status = az_report(&found, err);
    base_http_answer_release(&answer);
    az_secret_headers(&headers);
    az_secret_free(text); /* may hold a Secret */
    free(url);
    return status;
}

enum base_status az_kubernetes_get(az_kubernetes_t *k8s, const char *path, cJSON **out,
                                   struct base_error *err)
{
    return exchange(k8s, "GET", path, NULL, NULL, out, err);
}

enum base_status az_kubernetes_create(az_kubernetes_t *k8s, const char *collection,
                                      const cJSON *object, cJSON **out, struct base_error *err)
{
    return exchange(k8s, "POST", collection, NULL, object, out, err);
}

enum base_status az_kubernetes_replace(az_kubernetes_t *k8s, const char *path, const cJSON *object,
                                       cJSON **out, struct base_error *err)
{
    return exchange(k8s, "PUT", path, NULL, object, out, err);
}

enum base_status az_kubernetes_merge(az_kubernetes_t *k8s, const char *path, const cJSON *patch,
                                     cJSON **out, struct base_error *err)
{
    return exchange(k8s, "PATCH", path, MERGE_PATCH, patch, out, err);
}

static enum base_status create_at(az_kubernetes_t *k8s, const char *path, const cJSON *object,
                                  cJSON **out, struct base_error *err)
{
    char *collection = base_strndup(path, (size_t)(strrchr(path, '/') - path));
    enum base_status status = az_kubernetes_create(k8s, collection, object, out, err);

    free(collection);
    return status;
}

/* Does `have` hold all that `want` says? Members the server added do not matter; a null in `want`
 * must be absent. Objects in arrays are compared the same way, place by place, so that defaults of
 * a container do not count as a change. */
static bool holds(const cJSON *have, const cJSON *want)
{
    const cJSON *member;

    if (cJSON_IsArray(want)) {
        if (!cJSON_IsArray(have) || cJSON_GetArraySize(have) != cJSON_GetArraySize(want))
            return false;
        const cJSON *other = have->child;
        for (member = want->child; member; member = member->next, other = other->next)
            if (!holds(other, member))
                return false;
        return true;
    }
    if (!cJSON_IsObject(want))
        return base_json_equal(have, want);
    if (!cJSON_IsObject(have))
        return false;
    for (member = want->child; member; member = member->next) {
        const cJSON *other = cJSON_GetObjectItemCaseSensitive(have, member->string);
        if (cJSON_IsNull(member) ? other != NULL : !other || !holds(other, member))
            return false;
    }
    return true;
}

static enum base_status apply_once(az_kubernetes_t *k8s, const char *path, const cJSON *object,
                                   cJSON **out, struct base_error *err)
{
    cJSON *have = NULL;
    enum base_status status = az_kubernetes_get(k8s, path, &have, err);

    *out = NULL;
    if (status == BASE_NOT_FOUND) {
        base_error_clear(err);
        return create_at(k8s, path, object, out, err);
    }
    if (status == BASE_OK && holds(have, object)) {
        *out = have;
        return BASE_OK;
    }
    cJSON_Delete(have);
    return status == BASE_OK ? az_kubernetes_merge(k8s, path, object, out, err) : status;
}

enum base_status az_kubernetes_apply(az_kubernetes_t *k8s, const char *path, const cJSON *object,
                                     cJSON **out, struct base_error *err)
{
    struct base_error found = {0};
    cJSON *result = NULL;
    enum base_status status = apply_once(k8s, path, object, &result, &found);

    if (status == BASE_EXISTS) { /* somebody made it between look and write: look again */
        base_error_clear(&found);
        status = apply_once(k8s, path, object, &result, &found);
    }
    if (status != BASE_OK)
        az_report(&found, err);
    if (out)
        *out = result;
    else
        cJSON_Delete(result);
    return status;
}

enum base_status az_kubernetes_delete(az_kubernetes_t *k8s, const char *path,
                                      struct base_error *err)
{
    struct base_error found = {0};
    cJSON *options = cJSON_CreateObject();

    base_json_set_text(options, "propagationPolicy", "Background");
    enum base_status status = exchange(k8s, "DELETE", path, NULL, options, NULL, &found);
    cJSON_Delete(options);
    return status == BASE_OK || status == BASE_NOT_FOUND ? BASE_OK : az_report(&found, err);
}
