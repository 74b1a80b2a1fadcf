/* Decides how a request step is sent and how its answer is written down. */
#include "runner/run.h"

#include "common/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>

const char *run_answer_header(const cJSON *answer, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(base_json_at(answer, "headers"), name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

bool run_stopped(void)
{
    return base_stopping();
}

static cJSON *document_of(const struct base_http_answer *answer)
{
    cJSON *document = cJSON_CreateObject(), *headers = cJSON_CreateObject(), *body = NULL;

    for (size_t i = 0; i < answer->headers.count; i++)
        base_json_set_text(headers, answer->headers.items[i].name, answer->headers.items[i].value);
    if (answer->body.len) {
        body = base_json_parse(answer->body.data, answer->body.len, NULL);
        if (!body)
            body = cJSON_CreateString(answer->body.data);
    }
    base_json_set_number(document, "status", answer->status);
    cJSON_AddItemToObject(document, "headers", headers);
    if (body)
        cJSON_AddItemToObject(document, "body", body);
    return document;
}

enum run_attempt run_exchange(struct run_state *state, const char *as, const struct az_call *call,
                              cJSON **answer, struct base_error *err)
{
    struct base_http_answer raw = {0};
    struct base_headers headers = {0};
    az_credential_t *credential;
    char *token = NULL, *audience = run_audience_of(call->url);
    enum run_attempt attempt = RUN_WRONG;

    if (state->options->tend)
        state->options->tend(state->options->tend_context);
    if (run_world_credential(state->world, as, &credential, err) != BASE_OK)
        goto done;
    attempt = RUN_TRANSPORT;
    if (credential && audience && az_token(credential, NULL, audience, &token, err) != BASE_OK)
        goto done;
    if (call->headers)
        base_headers_copy(&headers, call->headers);
    if (token && !base_headers_get(&headers, "Authorization"))
        base_headers_addf(&headers, "Authorization", "Bearer %s", token);
    if (call->body && !base_headers_get(&headers, "Content-Type"))
        base_headers_set(&headers, "Content-Type",
                         call->content_type ? call->content_type : "application/json");
    struct base_http_call http = {.method = call->method,
                                  .url = call->url,
                                  .headers = &headers,
                                  .body = call->body,
                                  .body_len = call->body ? strlen(call->body) : 0};
    if (base_http_send(state->world->http, &http, &raw, err) != BASE_OK)
        goto done;
    *answer = document_of(&raw);
    attempt = RUN_ANSWERED;
    if (!run_contract_bodies(call->method, call->url, call->body, *answer, err))
        attempt = RUN_WRONG;
done:
    base_http_answer_release(&raw);
    base_headers_release(&headers);
    free(token);
    free(audience);
    return attempt;
}

/* Path or URL of the step with its query, all expanded. */
static char *step_url(struct run_state *state, const cJSON *step, const cJSON *value,
                      struct base_error *err)
{
    struct base_buf url = {0};
    char *target = run_expand_string(&state->scope, value, err);
    const cJSON *query = base_json_at(step, "query");

    if (!target)
        return NULL;
    if (*target == '/')
        base_buf_puts(&url, base_json_text(state->scope.names, "arm.url"));
    base_buf_puts(&url, target);
    free(target);
    for (const cJSON *item = query ? query->child : NULL; item; item = item->next) {
        char *text = run_expand_string(&state->scope, item, err);
        if (!text) {
            base_buf_release(&url);
            return NULL;
        }
        base_query_add(&url, item->string, text);
        free(text);
    }
    return base_buf_take(&url);
}

static bool step_headers(struct run_state *state, const cJSON *step, struct base_headers *out,
                         struct base_error *err)
{
    const cJSON *headers = base_json_at(step, "headers");

    for (const cJSON *item = headers ? headers->child : NULL; item; item = item->next) {
        char *text = run_expand_string(&state->scope, item, err);
        if (!text)
            return false;
        base_headers_add(out, item->string, text);
        free(text);
    }
    return true;
}

/* A text body goes out as it is, anything else as JSON. */
static bool step_body(struct run_state *state, const cJSON *step, char **out,
                      struct base_error *err)
{
    const cJSON *node = base_json_at(step, "body");
    cJSON *body = node ? run_expand(&state->scope, node, err) : NULL;

    *out = NULL;
    if (node && !body)
        return false;
    if (body)
        *out = cJSON_IsString(body) ? base_strdup(body->valuestring) : base_json_print(body);
    cJSON_Delete(body);
    return true;
}

static void upper(const char *verb, char out[16])
{
    size_t i = 0;

    for (; verb[i] && i < 15; i++)
        out[i] = (char)toupper((unsigned char)verb[i]);
    out[i] = '\0';
}

enum run_attempt run_verb_request(struct run_state *state, const cJSON *step, const cJSON *value,
                                  cJSON **answer, struct base_error *err)
{
    struct base_headers headers = {0};
    enum run_attempt attempt = RUN_WRONG;
    char method[16], sentence[512], *body = NULL, *url = step_url(state, step, value, err);
    const cJSON *as_node = base_json_at(step, "as");
    char *as = as_node ? run_expand_string(&state->scope, as_node, err) : base_strdup("customer");

    upper(value->string, method);
    if (!url || !as || !step_headers(state, step, &headers, err) ||
        !step_body(state, step, &body, err))
        goto done;
    struct az_call call = {.method = method, .url = url, .headers = &headers, .body = body};
    attempt = run_exchange(state, as, &call, answer, err);
    if (attempt == RUN_ANSWERED && !run_contract(method, url, *answer, sentence, sizeof sentence)) {
        base_error_set(err, BASE_PROTOCOL, NULL, "contract of resource providers: %s", sentence);
        attempt = RUN_WRONG;
    } else if (attempt == RUN_ANSWERED && base_json_at(step, "await") &&
               base_json_number(*answer, "status", 0) < 400 &&
               !run_await(state, base_json_at(step, "await"), as, method, url, answer, err)) {
        attempt = RUN_WRONG;
    }
done:
    base_headers_release(&headers);
    free(as);
    free(body);
    free(url);
    return attempt;
}
