/* Decides who sent a request, by Bearer token or Shared Key, and whether a role lets them (facts
 * clients.md §5.3). */
#include "simulators/blob/server.h"

#include "simulators/kit/rbac.h"
#include "simulators/kit/token.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "Microsoft.Storage/storageAccounts/blobServices/containers/"

static bool by_token(struct blob_call *call, const char *authorization);
static bool by_key(struct blob_call *call, const char *credential);
static void challenge(struct blob_call *call, const char *code, const char *detail);
static char *string_to_sign(struct blob_call *call);
static void sign_headers(struct blob_call *call, struct base_buf *out);
static void sign_resource(struct blob_call *call, struct base_buf *out);
static bool signature_ok(const char *key, const char *text, const char *signature);
static int compare_pairs(const void *a, const void *b);

bool blob_authorize(struct blob_call *call)
{
    const char *authorization = blob_header(call, "Authorization");
    if (!authorization) {
        challenge(call, "NoAuthenticationInformation", NULL);
        return false;
    }
    if (base_starts_nocase(authorization, "Bearer "))
        return by_token(call, authorization);
    if (base_starts_nocase(authorization, "SharedKey "))
        return by_key(call, authorization + strlen("SharedKey "));
    blob_refuse_with(call, "AuthenticationFailed", "AuthenticationErrorDetail",
                     "Authentication scheme is not supported: expected Bearer or SharedKey.");
    return false;
}

bool blob_may(struct blob_call *call, const char *action, bool data)
{
    if (!call->caller[0])
        return true;
    const char *full = base_arena_printf(call->arena, PREFIX "%s", action);
    const char *scope = call->account_id;
    if (call->container_name)
        scope = base_arena_printf(call->arena, "%s/blobServices/default/containers/%s", scope,
                                  call->container_name);
    return sim_rbac_allows(call->blob->world, call->caller, full, data, scope);
}

/* -- Bearer -- */

static bool by_token(struct blob_call *call, const char *authorization)
{
    const char *audiences[] = {
        "https://storage.azure.com",
        base_arena_printf(call->arena, "https://%s.blob.core.windows.net", call->account_name),
        NULL};
    struct sim_caller caller = {0};
    struct base_error err = {0};

    if (!blob_header(call, "x-ms-version")) {
        blob_refuse_with(call, "AuthenticationFailed", "AuthenticationErrorDetail",
                         "Authentication scheme Bearer is not supported in this version: the "
                         "header x-ms-version is "
                         "missing, expected 2017-11-09 or later.");
        return false;
    }
    if (sim_token_check(call->blob->world, authorization, audiences, &caller, &err) != BASE_OK) {
        challenge(call, "InvalidAuthenticationInfo", err.message);
        return false;
    }
    snprintf(call->caller, sizeof(call->caller), "%s", caller.object_id);
    if (blob_may(call, call->route->action, call->route->data))
        return true;
    blob_refuse(call, "AuthorizationPermissionMismatch");
    return false;
}

static void challenge(struct blob_call *call, const char *code, const char *detail)
{
    base_headers_set(&call->response->headers, "WWW-Authenticate",
                     "Bearer authorization_uri=https://" SIM_AUTHORITY_HOST
                     "/common/oauth2/authorize resource_id=https://storage.azure.com");
    blob_refuse_with(call, code, "AuthenticationErrorDetail", detail);
}

/* -- Shared Key -- */

static bool by_key(struct blob_call *call, const char *credential)
{
    const char *colon = strchr(credential, ':');
    char *text = NULL;
    bool good = false;

    if (!call->shared_key) {
        blob_refuse(call, "KeyBasedAuthenticationNotPermitted");
        return false;
    }
    text = string_to_sign(call);
    if (colon && (size_t)(colon - credential) == strlen(call->account_name) &&
        strncmp(credential, call->account_name, strlen(call->account_name)) == 0)
        good = signature_ok(call->keys[0], text, colon + 1) ||
               signature_ok(call->keys[1], text, colon + 1);
    if (!good) {
        const char *detail =
            base_arena_printf(call->arena,
                              "The MAC signature found in the HTTP request '%s' is not the same as "
                              "any computed signature. Server used "
                              "following string to sign: '%s'.",
                              colon ? colon + 1 : "", text);
        blob_refuse_with(call, "AuthenticationFailed", "AuthenticationErrorDetail", detail);
    }
    free(text);
    return good;
}

static char *string_to_sign(struct blob_call *call)
{
    static const char *const fields[] = {"Content-Encoding",
                                         "Content-Language",
                                         "Content-Length",
                                         "Content-MD5",
                                         "Content-Type",
                                         "Date",
                                         "If-Modified-Since",
                                         "If-Match",
                                         "If-None-Match",
                                         "If-Unmodified-Since",
                                         "Range"};
    struct base_buf out = {0};
    base_buf_printf(&out, "%s\n", call->request->method);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *value = blob_header(call, fields[i]);
        bool blank = !value || (strcmp(fields[i], "Date") == 0 && blob_header(call, "x-ms-date")) ||
                     (strcmp(fields[i], "Content-Length") == 0 && strcmp(value, "0") == 0);
        base_buf_printf(&out, "%s\n", blank ? "" : value);
    }
    sign_headers(call, &out);
    sign_resource(call, &out);
    return base_buf_take(&out);
}

static void sign_headers(struct blob_call *call, struct base_buf *out)
{
    const struct base_headers *headers = call->request->headers;
    struct base_pair *pairs = base_arena_alloc(call->arena, (headers->count + 1) * sizeof(*pairs));
    size_t count = 0;
    for (size_t i = 0; i < headers->count; i++) {
        if (!base_starts_nocase(headers->items[i].name, "x-ms-"))
            continue;
        char *name = base_arena_strdup(call->arena, headers->items[i].name);
        base_lower(name);
        pairs[count++] = (struct base_pair){name, headers->items[i].value};
    }
    qsort(pairs, count, sizeof(*pairs), compare_pairs);
    for (size_t i = 0; i < count; i++)
        base_buf_printf(out, "%s:%s\n", pairs[i].name, pairs[i].value);
}

static void sign_resource(struct blob_call *call, struct base_buf *out)
{
    struct base_pair *pairs;
    size_t count = base_query_parse(call->arena, call->request->query, false, &pairs);
    base_buf_printf(out, "/%s%s", call->account_name, call->request->path);
    for (size_t i = 0; i < count; i++) {
        char *name = base_arena_strdup(call->arena, pairs[i].name);
        base_lower(name);
        pairs[i].name = name;
    }
    if (count > 0)
        qsort(pairs, count, sizeof(*pairs), compare_pairs);
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && strcmp(pairs[i - 1].name, pairs[i].name) == 0;
        if (again)
            base_buf_printf(out, ",%s", pairs[i].value);
        else
            base_buf_printf(out, "\n%s:%s", pairs[i].name, pairs[i].value);
    }
}

static bool signature_ok(const char *key, const char *text, const char *signature)
{
    struct base_buf raw = {0}, sent = {0};
    unsigned char mac[32];
    bool good = false;
    if (base_base64_decode(&raw, key, strlen(key)) &&
        base_base64_decode(&sent, signature, strlen(signature)) && sent.len == sizeof(mac)) {
        base_hmac_sha256(raw.data, raw.len, text, strlen(text), mac);
        good = base_equal_constant_time(mac, sent.data, sizeof(mac));
    }
    base_buf_release(&raw);
    base_buf_release(&sent);
    return good;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct base_pair *left = a, *right = b;
    int names = strcmp(left->name, right->name);
    return names ? names : strcmp(left->value, right->value);
}
