/* Decides how one REST call is made, retried and refused. */
#include "azure/credential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 4
#define FIRST_DELAY_MS 800 /* clock; doubled each time */
#define RETRY_AFTER_MAX_S 60

static bool idempotent(const char *method)
{
    return strcmp(method, "POST") && strcmp(method, "PATCH");
}

/* Fills err from a JSON, OperationOutcome, Kubernetes Status or XML error body, whichever it is. */
static void read_json_error(const cJSON *body, struct base_error *err)
{
    static const struct {
        const char *code, *message, *target;
    } shapes[] = {
        {"error.code", "error.message", "error.target"}, /* ARM, Key Vault */
        {"error", "error_description", NULL},            /* OAuth 2.0 */
        {"reason", "message", NULL},                     /* Kubernetes */
        {"issue.0.code", "issue.0.diagnostics", NULL},   /* FHIR */
        {"code", "message", "target"},
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const char *code = base_json_text(body, shapes[i].code),
                   *message = base_json_text(body, shapes[i].message);
        const char *target = shapes[i].target ? base_json_text(body, shapes[i].target) : NULL;
        if (!code || !message)
            continue;
        snprintf(err->code, sizeof err->code, "%s", code);
        snprintf(err->message, sizeof err->message, "%s", message);
        if (target)
            snprintf(err->target, sizeof err->target, "%s", target);
        return;
    }
}

static void read_xml_error(const char *body, struct base_error *err)
{
    static const struct {
        const char *open, *close;
    } tags[] = {{"<Code>", "</Code>"}, {"<Message>", "</Message>"}};

    for (size_t i = 0; i < 2; i++) {
        const char *start = strstr(body, tags[i].open),
                   *end = start ? strstr(start, tags[i].close) : NULL;
        if (!end)
            continue;
        start += strlen(tags[i].open);
        if (i == 0)
            snprintf(err->code, sizeof err->code, "%.*s", (int)(end - start), start);
        else
            snprintf(err->message, sizeof err->message, "%.*s", (int)(end - start), start);
    }
}

static int retry_after_s(const struct base_headers *headers)
{
    const char *text = base_headers_get(headers, "Retry-After");
    int64_t seconds;

    if (!text || !base_parse_int64(text, &seconds) || seconds < 0)
        return 0;
    return seconds > 86400 ? 86400 : (int)seconds;
}

static enum base_status refused(const struct az_call *call, const struct base_http_answer *answer,
                                struct base_error *err)
{
    struct base_error found = {.status = base_status_of_http(answer->status),
                               .http_status = answer->status};
    const char *header = base_headers_get(&answer->headers, "x-ms-error-code");
    cJSON *body =
        answer->body.len ? base_json_parse(answer->body.data, answer->body.len, NULL) : NULL;

    found.retry_after_s = retry_after_s(&answer->headers);
    if (body)
        read_json_error(body, &found);
    else if (answer->body.len)
        read_xml_error(answer->body.data, &found);
    if (!found.code[0] && header)
        snprintf(found.code, sizeof found.code, "%s", header);
    if (!found.message[0])
        snprintf(found.message, sizeof found.message, "%s %s was answered with %d", call->method,
                 call->url, answer->status);
    cJSON_Delete(body);
    if (err && err->status == BASE_OK)
        *err = found;
    return found.status;
}

static void fill_headers(const struct az_client *az, const struct az_call *call, const char *token,
                         struct base_headers *headers)
{
    char id[BASE_UUID_TEXT];

    if (call->headers)
        base_headers_copy(headers, call->headers);
    if (token)
        base_headers_addf(headers, "Authorization", "Bearer %s", token);
    if (call->body)
        base_headers_set(headers, "Content-Type",
                         call->content_type ? call->content_type : "application/json");
    if (!base_headers_get(headers, "Accept"))
        base_headers_set(headers, "Accept", "application/json");
    base_uuid(az->random, id);
    base_headers_set(headers, "x-ms-client-request-id", id);
    if (az->correlation)
        base_headers_set(headers, "x-ms-correlation-request-id", az->correlation);
}

static enum base_status send_once(const struct az_client *az, const struct az_call *call,
                                  const char *token, struct base_http_answer *answer,
                                  struct base_error *err)
{
    struct base_headers headers = {0};

    base_http_answer_release(answer);
    memset(answer, 0, sizeof *answer);
    fill_headers(az, call, token, &headers);
    struct base_http_call http = {
        .method = call->method,
        .url = call->url,
        .headers = &headers,
        .body = call->body,
        .body_len = call->body && !call->body_len ? strlen(call->body) : call->body_len,
        .timeout_ms = call->timeout_ms,
        .on_data = call->on_data,
        .on_data_context = call->on_data_context,
    };
    enum base_status status = base_http_send(az->http, &http, answer, err);
    base_headers_release(&headers);
    return status;
}

static enum base_status with_token(const struct az_client *az, az_credential_t *credential,
                                   const struct az_call *call, struct base_http_answer *answer,
                                   struct base_error *err)
{
    char *token = NULL;
    enum base_status status =
        credential ? az_token(credential, call->tenant, call->resource, &token, err) : BASE_OK;

    if (status == BASE_OK)
        status = send_once(az, call, token, answer, err);
    free(token);
    return status;
}

/* Should this outcome be tried again, and after how long? */
static bool worth_retrying(const struct az_call *call, enum base_status status,
                           const struct base_http_answer *answer, int try, int64_t *delay_ms)
{
    int after = status == BASE_OK ? retry_after_s(&answer->headers) : 0;

    *delay_ms = after ? after * 1000LL : (int64_t)FIRST_DELAY_MS << try;
    if (call->on_data || after > RETRY_AFTER_MAX_S)
        return false;
    if (status == BASE_UNAVAILABLE)
        return idempotent(call->method);
    return status == BASE_OK &&
           (answer->status == 429 || (answer->status == 503 && idempotent(call->method)));
}

enum base_status az_send(const struct az_client *az, az_credential_t *credential,
                         const struct az_call *call, struct base_http_answer *answer,
                         struct base_error *err)
{
    enum base_status status = BASE_OK;
    struct base_error found;
    bool renewed = false;
    int64_t delay_ms;

    for (int try = 0;; try++) {
        base_error_clear(&found);
        status = with_token(az, credential, call, answer, &found);
        if (status == BASE_OK && answer->status == 401 && credential && !renewed) {
            renewed = true; /* the token may have been withdrawn: ask anew, once */
            az_credential_forget(credential);
            status = with_token(az, credential, call, answer, &found);
        }
        if (try + 1 >= TRIES || !worth_retrying(call, status, answer, try, &delay_ms))
            break;
        base_clock_sleep(az->clock, delay_ms);
    }
    if (status != BASE_OK) {
        if (err && err->status == BASE_OK)
            *err = found;
        return status;
    }
    return answer->status / 100 == 2 ? BASE_OK : refused(call, answer, err);
}
