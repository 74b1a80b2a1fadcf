/* Decides how Azure Resource Manager is read and written, and how its operations are followed. */
#include "azure/arm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *url_of(const struct az_arm *arm, const char *path, const char *api_version)
{
    struct base_buf url = {0};

    base_buf_puts(&url, arm->endpoint ? arm->endpoint : "https://management.azure.com");
    base_uri_encode(&url, path, "/$:@!&'()*+,;=?%");
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

static enum base_status parse_body(const struct base_http_answer *answer, cJSON **out,
                                   struct base_error *err)
{
    *out = NULL;
    if (!answer->body.len)
        return BASE_OK;
    *out = base_json_parse(answer->body.data, answer->body.len, err);
    if (*out)
        return BASE_OK;
    if (err)
        err->status = BASE_PROTOCOL;
    return BASE_PROTOCOL;
}

enum base_status az_arm_get(const struct az_arm *arm, const char *path, const char *api_version,
                            cJSON **out, struct base_error *err)
{
    struct base_http_answer answer = {0};
    char *url = url_of(arm, path, api_version);
    enum base_status status = exchange(arm, "GET", url, NULL, &answer, err);

    *out = NULL;
    if (status == BASE_OK)
        status = parse_body(&answer, out, err);
    base_http_answer_release(&answer);
    free(url);
    return status;
}

static int header_seconds(const struct base_headers *headers)
{
    const char *text = base_headers_get(headers, "Retry-After");
    int64_t seconds;

    return text && base_parse_int64(text, &seconds) && seconds > 0 && seconds < 86400 ? (int)seconds
                                                                                      : 0;
}

/* Azure-AsyncOperation wins over Location (the order of the official pollers). */
static void read_operation(const struct base_http_answer *answer,
                           struct az_arm_operation *operation)
{
    const char *status_url = base_headers_get(&answer->headers, "Azure-AsyncOperation");
    const char *location = base_headers_get(&answer->headers, "Location");

    operation->retry_after_s = header_seconds(&answer->headers);
    if (status_url) {
        snprintf(operation->url, sizeof operation->url, "%s", status_url);
        operation->status_body = true;
    } else if (location && answer->status == 202) {
        snprintf(operation->url, sizeof operation->url, "%s", location);
    }
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
        read_operation(&answer, operation);
        status = parse_body(&answer, &answered, &found);
    }
    if (status != BASE_OK && err && err->status == BASE_OK)
        *err = found;
    if (out)
        *out = answered;
    else
        cJSON_Delete(answered);
    base_http_answer_release(&answer);
    free(url);
    return status;
}

static enum base_status ended(const cJSON *body, const char *state, struct base_error *err)
{
    const char *code = base_json_text(body, "error.code"),
               *message = base_json_text(body, "error.message");

    if (base_equal_nocase(state, "Succeeded"))
        return BASE_OK;
    enum base_status status = base_equal_nocase(state, "Canceled") ? BASE_CANCELED : BASE_INVALID;
    return base_error_set(err, status, code ? code : state, "%s",
                          message ? message : "the operation gave no reason");
}

/* {"status": ...}: only Succeeded, Failed and Canceled end it. */
static enum base_status read_status_body(const struct base_http_answer *answer, bool *done,
                                         struct base_error *err)
{
    cJSON *body;
    enum base_status status = parse_body(answer, &body, err);
    const char *state = base_json_text(body, "status");

    if (status == BASE_OK) {
        *done = !state
                    ? answer->status != 202
                    : base_equal_nocase(state, "Succeeded") || base_equal_nocase(state, "Failed") ||
                          base_equal_nocase(state, "Canceled");
        if (*done && state)
            status = ended(body, state, err);
    }
    cJSON_Delete(body);
    return status;
}

enum base_status az_arm_poll(const struct az_arm *arm, struct az_arm_operation *operation,
                             bool *done, struct base_error *err)
{
    struct base_http_answer answer = {0};

    *done = operation->url[0] == '\0';
    if (*done)
        return BASE_OK;
    enum base_status status = exchange(arm, "GET", operation->url, NULL, &answer, err);
    if (status == BASE_OK) {
        operation->retry_after_s = header_seconds(&answer.headers);
        if (operation->status_body)
            status = read_status_body(&answer, done, err);
        else
            *done = answer.status != 202;
    }
    base_http_answer_release(&answer);
    return status;
}

enum base_status az_arm_write_wait(const struct az_arm *arm, const char *method, const char *path,
                                   const char *api_version, const cJSON *body, int real_ms,
                                   cJSON **out, struct base_error *err)
{
    struct az_arm_operation operation;
    int64_t until = base_monotonic_ms() + real_ms;
    bool done = false;
    enum base_status status =
        az_arm_write(arm, method, path, api_version, body, out, &operation, err);

    while (status == BASE_OK && !done) {
        status = az_arm_poll(arm, &operation, &done, err);
        if (status != BASE_OK || done)
            break;
        if (base_monotonic_ms() >= until)
            return base_error_set(err, BASE_TIMEOUT, NULL, "%s %s was not done within %d ms",
                                  method, path, real_ms);
        base_clock_sleep(arm->az.clock,
                         operation.retry_after_s ? operation.retry_after_s * 1000 : 10);
    }
    if (status == BASE_OK && operation.url[0] && out && strcmp(method, "DELETE")) {
        cJSON_Delete(*out);
        status = az_arm_get(arm, path, api_version, out, err);
    }
    return status;
}

enum base_status az_arm_list(const struct az_arm *arm, const char *path, const char *api_version,
                             cJSON **out, struct base_error *err)
{
    char *url = url_of(arm, path, api_version);
    enum base_status status = BASE_OK;

    *out = cJSON_CreateArray();
    while (url && status == BASE_OK) {
        struct base_http_answer answer = {0};
        cJSON *page = NULL, *value;
        status = exchange(arm, "GET", url, NULL, &answer, err);
        if (status == BASE_OK)
            status = parse_body(&answer, &page, err);
        value = base_json_at(page, "value");
        while (value && value->child)
            cJSON_AddItemToArray(*out, cJSON_DetachItemViaPointer(value, value->child));
        free(url);
        const char *next = base_json_text(page, "nextLink");
        url = next && *next ? base_strdup(next) : NULL;
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
