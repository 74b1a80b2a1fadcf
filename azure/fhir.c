/* Decides how a FHIR service is searched, read and written. */
#include "azure/fhir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FHIR_JSON "application/fhir+json"
#define PAGES_MAX 1000

static char *url_of(const struct az_fhir *fhir, const char *type, const char *id)
{
    struct base_buf url = {0};
    size_t len = strlen(fhir->url);

    while (len && fhir->url[len - 1] == '/')
        len--;
    base_buf_printf(&url, "%.*s/%s", (int)len, fhir->url, type);
    if (id) {
        base_buf_putc(&url, '/');
        base_uri_encode(&url, id, NULL);
    }
    return base_buf_take(&url);
}

static enum base_status exchange(const struct az_fhir *fhir, const char *method, const char *url,
                                 const cJSON *body, const char *if_version, cJSON **out,
                                 struct base_error *err)
{
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    char *text = body ? base_json_print(body) : NULL;

    base_headers_set(&headers, "Accept", FHIR_JSON);
    if (if_version)
        base_headers_addf(&headers, "If-Match", "W/\"%s\"", if_version);
    struct az_call call = {.method = method,
                           .url = url,
                           .resource = fhir->url,
                           .headers = &headers,
                           .body = text,
                           .content_type = FHIR_JSON};
    enum base_status status = az_send(&fhir->az, fhir->credential, &call, &answer, err);
    if (status == BASE_OK && out) {
        *out = base_json_parse(answer.body.data, answer.body.len, err);
        status = *out ? BASE_OK : BASE_PROTOCOL;
    }
    base_http_answer_release(&answer);
    base_headers_release(&headers);
    free(text);
    return status;
}

static const char *next_link(const cJSON *bundle)
{
    const cJSON *link;

    cJSON_ArrayForEach(link, base_json_at(bundle, "link"))
    {
        if (base_equal(base_json_text(link, "relation"), "next"))
            return base_json_text(link, "url");
    }
    return NULL;
}

static void take_matches(cJSON *bundle, cJSON *out)
{
    cJSON *entry;

    cJSON_ArrayForEach(entry, base_json_at(bundle, "entry"))
    {
        const char *mode = base_json_text(entry, "search.mode");
        if (!mode || !strcmp(mode, "match"))
            cJSON_AddItemToArray(out, cJSON_DetachItemFromObjectCaseSensitive(entry, "resource"));
    }
}

enum base_status az_fhir_search(const struct az_fhir *fhir, const char *type, const char *parameter,
                                const char *value, cJSON **out, struct base_error *err)
{
    struct base_buf first = {0};
    char *base = url_of(fhir, type, NULL);
    enum base_status status = BASE_OK;

    base_buf_puts(&first, base);
    base_query_add(&first, parameter, value);
    free(base);
    char *url = base_buf_take(&first);
    *out = cJSON_CreateArray();
    for (int page = 0; url && status == BASE_OK; page++) {
        cJSON *bundle = NULL;
        status = page < PAGES_MAX ? exchange(fhir, "GET", url, NULL, NULL, &bundle, err)
                                  : base_error_set(err, BASE_TOO_LARGE, NULL,
                                                   "the search has more than %d pages", PAGES_MAX);
        free(url);
        take_matches(bundle, *out);
        url = base_strdup(next_link(bundle));
        cJSON_Delete(bundle);
    }
    free(url);
    if (status != BASE_OK) {
        cJSON_Delete(*out);
        *out = NULL;
    }
    return status;
}

enum base_status az_fhir_read(const struct az_fhir *fhir, const char *type, const char *id,
                              cJSON **out, struct base_error *err)
{
    char *url = url_of(fhir, type, id);
    enum base_status status = exchange(fhir, "GET", url, NULL, NULL, out, err);

    if (status != BASE_OK)
        *out = NULL;
    free(url);
    return status;
}

enum base_status az_fhir_update(const struct az_fhir *fhir, const cJSON *resource,
                                const char *if_version, cJSON **out, struct base_error *err)
{
    const char *type = base_json_text(resource, "resourceType"),
               *id = base_json_text(resource, "id");

    if (!type || !id)
        return base_error_set(err, BASE_INVALID, NULL,
                              "a resource to update needs resourceType and id");
    char *url = url_of(fhir, type, id);
    enum base_status status = exchange(fhir, "PUT", url, resource, if_version, out, err);
    free(url);
    return status;
}

enum base_status az_fhir_metadata(const struct az_fhir *fhir, struct base_error *err)
{
    char *url = url_of(fhir, "metadata?_summary=true", NULL);
    enum base_status status = exchange(fhir, "GET", url, NULL, NULL, NULL, err);

    free(url);
    return status;
}
