/* Decides what an answer says: its JSON body, or why the service refused. */
#include "azure/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct shape {
    const char *code, *message;
    const char *targets[2];
} shapes[] = {
    {"error.code", "error.message", {"error.target"}},                 /* ARM, Key Vault */
    {"error", "error_description", {NULL}},                            /* OAuth 2.0 */
    {"reason", "message", {"details.causes.0.field", "details.name"}}, /* Kubernetes */
    {"issue.0.code", "issue.0.diagnostics", {"issue.0.expression.0", "issue.0.location.0"}},
    {"issue.0.code", "issue.0.details.text", {"issue.0.expression.0", "issue.0.location.0"}},
    {"code", "message", {"target"}},
};

/* The shape of which most is there. */
static const struct shape *shape_of(const cJSON *body)
{
    const struct shape *best = NULL;
    int most = 0;

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        int have = 2 * (base_json_text(body, shapes[i].code) != NULL) +
                   (base_json_text(body, shapes[i].message) != NULL);
        if (have > most) {
            most = have;
            best = &shapes[i];
        }
    }
    return best;
}

static void copy(char *out, size_t size, const char *text)
{
    if (text)
        snprintf(out, size, "%s", text);
}

/* Entra ID's own number says more than OAuth's word: "AADSTS7000215: Invalid client secret..." */
static void use_entra_code(struct base_error *out)
{
    size_t digits = strspn(out->message + strlen("AADSTS"), "0123456789");
    size_t len = strlen("AADSTS") + digits;

    if (digits && digits < 16 && out->message[len] == ':')
        snprintf(out->code, sizeof out->code, "%.*s", (int)len, out->message);
}

static void read_json(const cJSON *body, struct base_error *out)
{
    const struct shape *shape = shape_of(body);

    if (!shape)
        return;
    copy(out->code, sizeof out->code, base_json_text(body, shape->code));
    copy(out->message, sizeof out->message, base_json_text(body, shape->message));
    for (size_t i = 0; i < 2 && shape->targets[i] && !out->target[0]; i++)
        copy(out->target, sizeof out->target, base_json_text(body, shape->targets[i]));
    if (!strncmp(out->message, "AADSTS", strlen("AADSTS")))
        use_entra_code(out);
    if (!out->retry_after_s)
        out->retry_after_s = (int)base_json_number(body, "details.retryAfterSeconds", 0);
    if (out->retry_after_s < 0 || out->retry_after_s > 86400)
        out->retry_after_s = 0;
}

static void read_xml(const struct base_buf *body, struct base_error *out)
{
    const char *end = body->data + body->len;
    char *code = az_xml_text(body->data, end, "Code"),
         *message = az_xml_text(body->data, end, "Message");

    copy(out->code, sizeof out->code, code);
    copy(out->message, sizeof out->message, message);
    free(code);
    free(message);
}

int az_answer_retry_after(const struct base_http_answer *answer)
{
    const char *text = base_headers_get(&answer->headers, "Retry-After");
    int64_t seconds;

    if (!text || !base_parse_int64(text, &seconds) || seconds < 0)
        return 0;
    return seconds > 86400 ? 86400 : (int)seconds;
}

void az_answer_refusal(const char *method, const char *url, const struct base_http_answer *answer,
                       struct base_error *out)
{
    cJSON *body =
        answer->body.len ? base_json_parse(answer->body.data, answer->body.len, NULL) : NULL;

    memset(out, 0, sizeof *out);
    out->status = base_status_of_http(answer->status);
    out->http_status = answer->status;
    out->retry_after_s = az_answer_retry_after(answer);
    if (body)
        read_json(body, out);
    else if (answer->body.len)
        read_xml(&answer->body, out);
    if (!out->code[0]) /* HEAD has no body */
        copy(out->code, sizeof out->code, base_headers_get(&answer->headers, "x-ms-error-code"));
    if (!out->message[0])
        snprintf(out->message, sizeof out->message, "%s %.*s was answered with %d", method,
                 (int)strcspn(url, "?"), url, answer->status);
    cJSON_Delete(body);
}

enum base_status az_answer_json(const char *method, const char *url,
                                const struct base_http_answer *answer, cJSON **out,
                                struct base_error *err)
{
    struct base_error found = {0};

    *out = base_json_parse(answer->body.data, answer->body.len, &found);
    if (*out)
        return BASE_OK;
    return base_error_set(err, BASE_PROTOCOL, "InvalidAnswer",
                          "%s %.*s was answered with %d and a body that is not JSON (%s)", method,
                          (int)strcspn(url, "?"), url, answer->status,
                          answer->body.len ? found.message : "it is empty");
}

enum base_status az_report(const struct base_error *found, struct base_error *err)
{
    if (err && err->status == BASE_OK)
        *err = *found;
    return found->status;
}

enum base_status az_link_check(const char *base, const char *link, struct base_error *err)
{
    struct base_arena arena;
    struct base_uri ours, theirs;
    enum base_status status = BASE_OK;

    base_arena_init(&arena);
    if (!base_uri_parse(&arena, link, &theirs))
        status = base_error_set(err, BASE_PROTOCOL, "InvalidLink",
                                "an answer of %s links to \"%.*s\", which is not an absolute URL",
                                base, (int)strcspn(link, "?"), link);
    else if (base_uri_parse(&arena, base, &ours) &&
             (strcmp(ours.scheme, theirs.scheme) || ours.port != theirs.port ||
              !base_ends_nocase(theirs.host, ours.host) ||
              (strlen(theirs.host) > strlen(ours.host) &&
               theirs.host[strlen(theirs.host) - strlen(ours.host) - 1] != '.')))
        status = base_error_set(err, BASE_PROTOCOL, "InvalidLink",
                                "an answer of %s links to %s://%s:%d; its token is not sent there",
                                base, theirs.scheme, theirs.host, theirs.port);
    base_arena_release(&arena);
    return status;
}
