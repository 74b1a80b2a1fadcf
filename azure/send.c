/* Decides how one REST call is made, and when it is made again. */
#include "azure/private.h"

#include <stdlib.h>
#include <string.h>

#define TRIES 4
#define FIRST_DELAY_MS 800 /* clock; doubled each time */
#define RETRY_AFTER_MAX_S 60
#define REFUSAL_MAX                                                                                \
    (64u << 10)      /* bytes of an error body that are read when a stream was asked for */
#define SLICE_MS 100 /* real; how soon a canceled client is noticed while waiting */

struct stream { /* a streamed body goes to the caller; a refusal's body does not */
    const struct az_call *call;
    struct base_http_answer *answer;
};

static bool on_data(void *context, const void *data, size_t len)
{
    struct stream *stream = context;

    if (stream->answer->status / 100 == 2)
        return stream->call->on_data(stream->call->on_data_context, data, len);
    if (stream->answer->body.len + len > REFUSAL_MAX)
        return false;
    base_buf_append(&stream->answer->body, data, len);
    return true;
}

static void fill_headers(const struct az_client *az, const struct az_call *call, const char *token,
                         struct base_headers *headers)
{
    char id[BASE_UUID_TEXT];

    if (call->headers)
        base_headers_copy(headers, call->headers);
    if (token) {
        base_headers_set(headers, "Authorization", NULL);
        base_headers_addf(headers, "Authorization", "Bearer %s", token);
    }
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

/* One exchange. BASE_OK when an answer came, whatever it says; `found` is filled when it is not
 * 2xx. */
static enum base_status send_once(const struct az_client *az, const struct az_call *call,
                                  const char *token, struct base_http_answer *answer,
                                  struct base_error *found)
{
    struct base_headers headers = {0};
    struct stream stream = {call, answer};

    base_http_answer_release(answer);
    if (az->permit) {
        enum base_status permitted = az->permit(az->permit_context, call->method, call->url, found);
        if (permitted != BASE_OK)
            return permitted;
    }
    fill_headers(az, call, token, &headers);
    struct base_http_call http = {
        .method = call->method,
        .url = call->url,
        .headers = &headers,
        .body = call->body,
        .body_len = call->body && !call->body_len ? strlen(call->body) : call->body_len,
        .timeout_ms = call->timeout_ms ? call->timeout_ms : az->timeout_ms,
        .on_data = call->on_data ? on_data : NULL,
        .on_data_context = &stream,
    };
    enum base_status status = base_http_send(az->http, &http, answer, found);
    if (status == BASE_OK && answer->status / 100 != 2)
        az_answer_refusal(call->method, call->url, answer, found);
    if (az->observe)
        az->observe(az->observe_context, call->method, call->url,
                    status == BASE_OK ? answer->status : 0);
    const char *authorization = base_headers_get(&headers, "Authorization");
    const char *blank = authorization ? strchr(authorization, ' ') : NULL;
    if (authorization)
        az_conceal(found, blank ? blank + 1 : authorization);
    az_conceal_query(found, call->url);
    az_secret_headers(&headers);
    return status;
}

/* One exchange with a token, a second one with a new token when the first was refused with 401:
 * the token may have been withdrawn. The token is held for no longer than the exchange.
 * *sent: did the call itself go out? */
static enum base_status attempt(const struct az_client *az, az_credential_t *credential,
                                const struct az_call *call, bool *renewed, bool *sent,
                                struct base_http_answer *answer, struct base_error *found)
{
    for (;;) {
        char *token = NULL;
        enum base_status status = BASE_OK;
        base_error_clear(found);
        if (credential)
            status = az_token(credential, call->tenant, call->resource, &token, found);
        *sent = status == BASE_OK;
        if (*sent)
            status = send_once(az, call, token, answer, found);
        bool again = *sent && status == BASE_OK && answer->status == 401 && credential && !*renewed;
        if (again)
            az_credential_drop(credential, token);
        az_secret_free(token);
        if (!again)
            return status;
        *renewed = true;
    }
}

/* May the call go out twice? Who lost a connection does not know whether the service acted. */
static bool repeatable(const struct az_call *call)
{
    return call->repeatable || (strcmp(call->method, "POST") && strcmp(call->method, "PATCH"));
}

/* Should this outcome be tried again, and after how long? */
static bool worth_retrying(const struct az_call *call, enum base_status status,
                           const struct base_http_answer *answer, int try, int64_t *delay_ms)
{
    int after = status == BASE_OK ? az_answer_retry_after(answer) : 0;

    *delay_ms = after ? after * 1000LL : (int64_t)FIRST_DELAY_MS << try;
    if (call->on_data || after > RETRY_AFTER_MAX_S)
        return false;
    if (status == BASE_UNAVAILABLE)
        return repeatable(call);
    return status == BASE_OK &&
           (answer->status == 429 || (answer->status == 503 && repeatable(call)));
}

bool az_wait(const struct az_client *az, int64_t clock_ms)
{
    int64_t slice = (int64_t)(SLICE_MS * az->clock->rate) + 1;

    for (; clock_ms > 0; clock_ms -= slice) {
        if (base_http_client_canceled(az->http))
            return false;
        base_clock_sleep(az->clock, clock_ms < slice ? clock_ms : slice);
    }
    return !base_http_client_canceled(az->http);
}

enum base_status az_send(const struct az_client *az, az_credential_t *credential,
                         const struct az_call *call, struct base_http_answer *answer,
                         struct base_error *err)
{
    struct base_error found = {0};
    enum base_status status;
    bool renewed = false, sent;
    int64_t delay_ms;

    for (int try = 0;; try++) {
        status = attempt(az, credential, call, &renewed, &sent, answer, &found);
        if (!sent || try + 1 >= (az->tries ? az->tries : TRIES) ||
            !worth_retrying(call, status, answer, try, &delay_ms))
            break;
        if (!az_wait(az, delay_ms)) {
            base_error_clear(&found);
            return base_error_set(err, BASE_CANCELED, NULL, "%s %.*s was canceled", call->method,
                                  (int)strcspn(call->url, "?"), call->url);
        }
    }
    if (status == BASE_OK && answer->status / 100 == 2)
        return BASE_OK;
    return az_report(&found, err);
}
