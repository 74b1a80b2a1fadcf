/* Decides how a FHIR service is searched, read and written. */
#include "azure/fhir.h"

#include "azure/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FHIR_JSON "application/fhir+json"
#define PAGES_MAX 1000

/* The service's URL without a slash at its end: that is the audience of its tokens. */
static char *service_of(const struct az_fhir *fhir)
{
    size_t len = strlen(fhir->url);

    while (len && fhir->url[len - 1] == '/')
        len--;
    return base_strndup(fhir->url, len);
}

static char *url_of(const struct az_fhir *fhir, const char *type, const char *id)
{
    struct base_buf url = {0};
    char *service = service_of(fhir);

    base_buf_printf(&url, "%s/", service);
    base_uri_encode(&url, type, NULL);
    if (id) {
        base_buf_putc(&url, '/');
        base_uri_encode(&url, id, NULL);
    }
    free(service);
    return base_buf_take(&url);
}

static enum base_status exchange(const struct az_fhir *fhir, const char *method, const char *url,
                                 const cJSON *body, const char *if_version, cJSON **out,
                                 struct base_error *err)
{
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    char *text = body ? base_json_print(body) : NULL, *service = service_of(fhir);

    base_headers_set(&headers, "Accept", FHIR_JSON);
    if (if_version)
        base_headers_addf(&headers, "If-Match", "W/\"%s\"", if_version);
    struct az_call call = {.method = method,
                           .url = url,
                           .resource = service,
                           .headers = &headers,
                           .body = text,
                           .content_type = FHIR_JSON};
    enum base_status status = az_send(&fhir->az, fhir->credential, &call, &answer, err);
    if (out)
        *out = NULL;
    if (status == BASE_OK && out && (answer.body.len || strcmp(method, "PUT")))
        status = az_answer_json(method, url, &answer, out, err);
    if (fhir->exact_numbers && out && *out)
        base_json_keep_numbers(*out, answer.body.data);
    base_http_answer_release(&answer);
    base_headers_release(&headers);
    free(text);
    free(service);
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

/* Adds the matches of a page to `out`; *next is the following page's URL or NULL. */
static enum base_status take_page(const struct az_fhir *fhir, cJSON *bundle, cJSON *out,
                                  char **next, struct base_error *err)
{
    const char *type = base_json_text(bundle, "resourceType"), *link = next_link(bundle);
    cJSON *entry;

    if (!base_equal(type, "Bundle"))
        return base_error_set(err, BASE_PROTOCOL, "InvalidAnswer",
                              "the search at %s was answered with a %s, a Bundle was expected",
                              fhir->url, type ? type : "text without resourceType");
    cJSON_ArrayForEach(entry, base_json_at(bundle, "entry"))
    {
        const char *mode = base_json_text(entry, "search.mode");
        if (mode && strcmp(mode, "match"))
            continue;
        cJSON *resource = cJSON_DetachItemFromObjectCaseSensitive(entry, "resource");
        if (!resource)
            return base_error_set(err, BASE_PROTOCOL, "InvalidAnswer",
                                  "the search at %s found an entry without a resource", fhir->url);
        cJSON_AddItemToArray(out, resource);
    }
    if (link && az_link_check(fhir->url, link, err) != BASE_OK)
        return BASE_PROTOCOL;
    *next = base_strdup(link);
    return BASE_OK;
}

static char *search_url(const struct az_fhir *fhir, const char *type, const char *parameter,
                        const char *value)
{
    struct base_buf url = {0};
    char *base = url_of(fhir, type, NULL);

    base_buf_puts(&url, base);
    base_query_add(&url, parameter, value);
    free(base);
    return base_buf_take(&url);
}

enum base_status az_fhir_search(const struct az_fhir *fhir, const char *type, const char *parameter,
                                const char *value, cJSON **out, struct base_error *err)
{
    char *url = search_url(fhir, type, parameter, value);
    enum base_status status = BASE_OK;

    *out = cJSON_CreateArray();
    for (int page = 0; url && status == BASE_OK; page++) {
        cJSON *bundle = NULL;
        char *next = NULL;
        status = page < PAGES_MAX ? exchange(fhir, "GET", url, NULL, NULL, &bundle, err)
                                  : base_error_set(err, BASE_TOO_LARGE, NULL,
                                                   "the search has more than %d pages", PAGES_MAX);
        if (status == BASE_OK)
            status = take_page(fhir, bundle, *out, &next, err);
        free(url);
        url = next;
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

    free(url);
    return status;
}

enum base_status az_fhir_update(const struct az_fhir *fhir, const cJSON *resource,
                                const char *if_version, cJSON **out, struct base_error *err)
{
    const char *type = base_json_text(resource, "resourceType"),
               *id = base_json_text(resource, "id");

    if (out)
        *out = NULL;
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
    char *url = search_url(fhir, "metadata", "_summary", "true");
    enum base_status status = exchange(fhir, "GET", url, NULL, NULL, NULL, err);

    free(url);
    return status;
}
