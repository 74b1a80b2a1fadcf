/* Decides how Azure Resource Manager is read and written, and how its operations are followed. */
#include "azure/arm.h"

#include "azure/private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDPOINT "https://management.azure.com"
#define PAGES_MAX 1000
#define KEPT "/$:@!&'()*+,;=?" /* RFC 3986: what a path and its query may hold as it is */
#define LEAST_WAIT_MS 10

static const char *endpoint_of(const struct az_arm *arm)
{
    return arm->endpoint ? arm->endpoint : ENDPOINT;
}

static char *url_of(const struct az_arm *arm, const char *path, const char *api_version)
{
    struct base_buf url = {0};

    base_buf_puts(&url, endpoint_of(arm));
    while (url.len && url.data[url.len - 1] == '/')
        url.data[--url.len] = '\0';
    while (*path) {
        char *plain = base_strndup(path, strcspn(path, "%"));
        base_uri_encode(&url, plain, KEPT);
        path += strlen(plain);
        free(plain);
        if (*path == '%') {
            bool escape = isxdigit((unsigned char)path[1]) && isxdigit((unsigned char)path[2]);
            base_buf_puts(&url, escape ? "%" : "%25");
            path++;
        }
    }
    base_query_add(&url, "api-version", api_version);
    return base_buf_take(&url);
}

static enum base_status exchange(const struct az_arm *arm, const char *method, const char *url,
                                 const cJSON *body, struct base_http_answer *answer,
                                 struct base_error *err)
{
    char *text = body ? base_json_print(body) : NULL;
    struct az_call call = {.method = method,
                           .url = url,
                           .resource = AZ_ARM_RESOURCE,
                           .tenant = arm->tenant,
                           .body = text};
    enum base_status status = az_send(&arm->az, arm->credential, &call, answer, err);

    free(text);
    return status;
}

enum base_status az_arm_get(const struct az_arm *arm, const char *path, const char *api_version,
                            cJSON **out, struct base_error *err)
{
    struct base_http_answer answer = {0};
    char *url = url_of(arm, path, api_version);
    enum base_status status = exchange(arm, "GET", url, NULL, &answer, err);

    *out = NULL;
    if (status == BASE_OK)
        status = az_answer_json("GET", url, &answer, out, err);
    base_http_answer_release(&answer);
    free(url);
    return status;
}

/* Where a resource stands: NULL when it does not say, which means that it is there. */
static const char *provisioning_state(const cJSON *resource)
{
    return base_json_text(resource, "properties.provisioningState");
}

static bool terminal(const char *state)
{
    static const char *const words[] = {"Succeeded", "Failed", "Canceled", "Cancelled"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (base_equal_nocase(state, words[i]))
            return true;
    return false;
}

/* Which URL tells how the write goes on: the order of the official pollers. */
static const char *operation_url(const char *method, const char *url,
                                 const struct base_http_answer *answer, const cJSON *body,
                                 bool *status_body)
{
    const char *status_url = base_headers_get(&answer->headers, "Azure-AsyncOperation");
    const char *location = base_headers_get(&answer->headers, "Location");
    const char *state = provisioning_state(body);

    *status_body = status_url != NULL;
    if (status_url)
        return status_url;
    if (location && answer->status == 202)
        return location;
    if (state && !terminal(state) && (!strcmp(method, "PUT") || !strcmp(method, "PATCH")))
        return url;
    return "";
}

static enum base_status set_url(const struct az_arm *arm, struct az_arm_operation *operation,
                                const char *url, struct base_error *err)
{
    if (strlen(url) >= sizeof operation->url)
        return base_error_set(err, BASE_TOO_LARGE, NULL,
                              "the operation's URL has %zu bytes, at most %zu are kept",
                              strlen(url), sizeof operation->url - 1);
    if (*url && az_link_check(endpoint_of(arm), url, err) != BASE_OK)
        return BASE_PROTOCOL;
    snprintf(operation->url, sizeof operation->url, "%s", url);
    return BASE_OK;
}

enum base_status az_arm_write(const struct az_arm *arm, const char *method, const char *path,
                              const char *api_version, const cJSON *body, cJSON **out,
                              struct az_arm_operation *operation, struct base_error *err)
{
    struct base_http_answer answer = {0};
    struct base_error found = {0};
    cJSON *answered = NULL;
    char *url = url_of(arm, path, api_version);
    enum base_status status = exchange(arm, method, url, body, &answer, &found);

    memset(operation, 0, sizeof *operation);
    if (status == BASE_NOT_FOUND && !strcmp(method, "DELETE")) {
        status = BASE_OK;
    } else if (status == BASE_OK) {
        if (answer.body.len)
            status = az_answer_json(method, url, &answer, &answered, &found);
        operation->retry_after_s = az_answer_retry_after(&answer);
        const char *next = operation_url(method, url, &answer, answered, &operation->status_body);
        if (status == BASE_OK)
            status = set_url(arm, operation, next, &found);
    }
    if (status != BASE_OK)
        status = az_report(&found, err);
    if (out && status == BASE_OK)
        *out = answered;
    else
        cJSON_Delete(answered);
    if (out && status != BASE_OK)
        *out = NULL;
    base_http_answer_release(&answer);
    free(url);
    return status;
}

/* What a terminal state means; `error` may be NULL. */
static enum base_status ended(const char *state, const cJSON *error, struct base_error *err)
{
    const char *code = base_json_text(error, "code"), *message = base_json_text(error, "message"),
               *target = base_json_text(error, "target");
    struct base_error found = {0};

    if (base_equal_nocase(state, "Succeeded"))
        return BASE_OK;
    base_error_set(&found, base_equal_nocase(state, "Failed") ? BASE_INVALID : BASE_CANCELED,
                   code ? code : state, "%s", message ? message : "the operation gave no reason");
    if (target)
        base_error_target(&found, "%s", target);
    return az_report(&found, err);
}

/* {"status": ...}; without one the HTTP status tells. */
static enum base_status read_status_body(const struct base_http_answer *answer, const cJSON *body,
                                         bool *done, struct base_error *err)
{
    const char *state = base_json_text(body, "status");

    *done = state ? terminal(state) : answer->status != 202;
    return *done && state ? ended(state, base_json_at(body, "error"), err) : BASE_OK;
}

/* 202 goes on, and so does a resource that is still on its way; anything else is the end. */
static enum base_status read_resource(const struct base_http_answer *answer, const cJSON *body,
                                      bool *done, struct base_error *err)
{
    const char *state = provisioning_state(body);

    *done = answer->status != 202 && (!state || terminal(state));
    return *done && state ? ended(state, base_json_at(body, "properties.error"), err) : BASE_OK;
}

/* One look; *body (may be NULL) gets what was answered. */
static enum base_status look(const struct az_arm *arm, struct az_arm_operation *operation,
                             bool *done, cJSON **body, struct base_error *err)
{
    struct base_http_answer answer = {0};
    enum base_status status = az_link_check(endpoint_of(arm), operation->url, err);

    *done = false;
    if (status == BASE_OK)
        status = exchange(arm, "GET", operation->url, NULL, &answer, err);
    if (status == BASE_OK && answer.body.len)
        status = az_answer_json("GET", operation->url, &answer, body, err);
    if (status == BASE_OK) {
        const char *location = base_headers_get(&answer.headers, "Location");
        operation->retry_after_s = az_answer_retry_after(&answer);
        status = operation->status_body ? read_status_body(&answer, *body, done, err)
                                        : read_resource(&answer, *body, done, err);
        if (status == BASE_OK && !*done && !operation->status_body && location)
            status = set_url(arm, operation, location, err);
    }
    base_http_answer_release(&answer);
    return status;
}

enum base_status az_arm_poll(const struct az_arm *arm, struct az_arm_operation *operation,
                             bool *done, struct base_error *err)
{
    cJSON *body = NULL;

    *done = operation->url[0] == '\0';
    if (*done)
        return BASE_OK;
    enum base_status status = look(arm, operation, done, &body, err);
    cJSON_Delete(body);
    return status;
}

/* Looks until it is done; *last is the last answer. */
static enum base_status follow(const struct az_arm *arm, struct az_arm_operation *operation,
                               int real_ms, cJSON **last, struct base_error *err)
{
    int64_t until = base_monotonic_ms() + real_ms;
    bool done = false;

    for (;;) {
        cJSON_Delete(*last);
        *last = NULL;
        enum base_status status = look(arm, operation, &done, last, err);
        if (status != BASE_OK || done)
            return status;
        int64_t wait = operation->retry_after_s ? operation->retry_after_s * 1000LL : LEAST_WAIT_MS;
        if (base_monotonic_ms() + base_clock_real(arm->az.clock, wait) >= until)
            return base_error_set(err, BASE_TIMEOUT, NULL, "was not done within %d ms", real_ms);
        if (!az_wait(&arm->az, wait))
            return base_error_set(err, BASE_CANCELED, NULL, "waiting was canceled");
    }
}

enum base_status az_arm_write_wait(const struct az_arm *arm, const char *method, const char *path,
                                   const char *api_version, const cJSON *body, int real_ms,
                                   cJSON **out, struct base_error *err)
{
    struct az_arm_operation operation;
    struct base_error found = {0};
    cJSON *answer = NULL, *last = NULL;
    enum base_status status =
        az_arm_write(arm, method, path, api_version, body, &answer, &operation, &found);

    if (status == BASE_OK && operation.url[0]) {
        status = follow(arm, &operation, real_ms, &last, &found);
        cJSON_Delete(answer);
        answer = NULL;
        if (status == BASE_OK && !strcmp(method, "POST"))
            answer = operation.status_body ? base_json_copy(base_json_at(last, "properties"))
                                           : base_json_copy(last);
        else if (status == BASE_OK && strcmp(method, "DELETE"))
            status = az_arm_get(arm, path, api_version, &answer, &found);
    }
    cJSON_Delete(last);
    if (status == BASE_TIMEOUT && !found.http_status) {
        base_error_clear(&found);
        base_error_set(&found, status, NULL, "%s %s was not done within %d ms", method, path,
                       real_ms);
    }
    if (status != BASE_OK)
        az_report(&found, err);
    if (out && status == BASE_OK && strcmp(method, "DELETE")) {
        *out = answer;
        return status;
    }
    cJSON_Delete(answer);
    if (out)
        *out = NULL;
    return status;
}

/* Adds a page's elements to `all`; *next is the following page's URL or NULL. */
static enum base_status take_page(const struct az_arm *arm, const char *url, cJSON *page,
                                  cJSON *all, char **next, struct base_error *err)
{
    cJSON *value = base_json_at(page, "value");
    const char *link = base_json_text(page, "nextLink");

    if (!cJSON_IsArray(value))
        return base_error_set(err, BASE_PROTOCOL, "InvalidAnswer",
                              "the list %.*s holds no array \"value\"", (int)strcspn(url, "?"),
                              url);
    while (value->child)
        cJSON_AddItemToArray(all, cJSON_DetachItemViaPointer(value, value->child));
    if (!link || !*link)
        return BASE_OK;
    if (az_link_check(endpoint_of(arm), link, err) != BASE_OK)
        return BASE_PROTOCOL;
    *next = base_strdup(link);
    return BASE_OK;
}

enum base_status az_arm_list(const struct az_arm *arm, const char *path, const char *api_version,
                             cJSON **out, struct base_error *err)
{
    char *url = url_of(arm, path, api_version);
    enum base_status status = BASE_OK;

    *out = cJSON_CreateArray();
    for (int pages = 0; url && status == BASE_OK; pages++) {
        struct base_http_answer answer = {0};
        cJSON *page = NULL;
        char *next = NULL;
        status = pages < PAGES_MAX
                     ? exchange(arm, "GET", url, NULL, &answer, err)
                     : base_error_set(err, BASE_TOO_LARGE, NULL,
                                      "the list %s has more than %d pages", path, PAGES_MAX);
        if (status == BASE_OK)
            status = az_answer_json("GET", url, &answer, &page, err);
        if (status == BASE_OK)
            status = take_page(arm, url, page, *out, &next, err);
        free(url);
        url = next;
        cJSON_Delete(page);
        base_http_answer_release(&answer);
    }
    free(url);
    if (status != BASE_OK) {
        cJSON_Delete(*out);
        *out = NULL;
    }
    return status;
}
