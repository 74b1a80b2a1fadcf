/* A service that answers by script: each call gets the next reply, and every call is remembered.
 * Token requests are answered on the side with "token-1", "token-2", ... unless the test scripts
 * them. Nothing leaves the process. */
#ifndef TEST_AZURE_SCRIPT_H
#define TEST_AZURE_SCRIPT_H

#include "azure/credential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 2200
#define TENANT "11111111-1111-1111-1111-111111111111"
#define CLIENT "22222222-2222-2222-2222-222222222222"
#define SECRET "very~secret.password"
#define MINUTE_MS (60 * 1000LL)

struct reply {
    int status;
    const char *body;       /* NULL: empty */
    const char *headers[4]; /* "Name: value" */
    bool drop;              /* the connection is lost */
};

struct call { /* as the service saw it; all heap */
    char *method, *url, *body;
    size_t body_len;
    struct base_headers headers;
};

struct script {
    struct az_client az;
    struct base_clock clock;
    az_credential_t *credential; /* a client secret of TENANT */
    const struct reply *replies;
    size_t reply_count, replied;
    const struct reply *repeat; /* when set: the answer to everything past the script */
    struct call calls[CALLS_MAX];
    size_t count;
    bool script_tokens;  /* token requests are calls like any other */
    int tokens;          /* handed out on the side */
    const char *lasting; /* expires_in of those */
    struct call last_token;
    pthread_mutex_t lock;
};

static inline void call_release(struct call *call)
{
    free(call->method);
    free(call->url);
    free(call->body);
    base_headers_release(&call->headers);
}

static inline void call_copy(struct call *call, const struct base_http_request *request)
{
    call->method = base_strdup(request->method);
    call->url = base_asprintf("%s://%s%s%s%s", request->scheme, request->host, request->path,
                              *request->query ? "?" : "", request->query);
    call->body = base_strndup(request->body, request->body_len);
    call->body_len = request->body_len;
    base_headers_copy(&call->headers, request->headers);
}

static inline void reply_fill(const struct reply *reply, struct base_http_response *response)
{
    response->status = reply->status;
    response->drop = reply->drop;
    if (reply->body)
        base_buf_puts(&response->body, reply->body);
    for (size_t i = 0; i < 4 && reply->headers[i]; i++) {
        const char *colon = strchr(reply->headers[i], ':');
        char *name = base_strndup(reply->headers[i], (size_t)(colon - reply->headers[i]));
        base_headers_add(&response->headers, name, colon + 2);
        free(name);
    }
}

static inline void token_fill(struct script *script, const struct base_http_request *request,
                              struct base_http_response *response)
{
    call_release(&script->last_token);
    memset(&script->last_token, 0, sizeof script->last_token);
    call_copy(&script->last_token, request);
    response->status = 200;
    base_buf_printf(&response->body,
                    "{\"token_type\":\"Bearer\",\"expires_in\":%s,\"access_token\":\"token-%d\"}",
                    script->lasting, ++script->tokens);
}

static inline void script_serve(void *context, const struct base_http_request *request,
                                struct base_http_response *response)
{
    struct script *script = context;

    pthread_mutex_lock(&script->lock);
    if (!script->script_tokens && base_ends_nocase(request->path, "/oauth2/v2.0/token")) {
        token_fill(script, request, response);
    } else {
        if (script->count < CALLS_MAX)
            call_copy(&script->calls[script->count++], request);
        if (script->replied < script->reply_count)
            reply_fill(&script->replies[script->replied++], response);
        else if (script->repeat)
            reply_fill(script->repeat, response);
        else
            response->status = 418; /* nobody expected this call */
    }
    pthread_mutex_unlock(&script->lock);
}

/* `rate`: how many times as fast as the wall the clock runs. */
static inline void script_init(struct script *script, double rate)
{
    struct base_clock wall;

    memset(script, 0, sizeof *script);
    base_clock_init(&wall);
    script->clock = (struct base_clock){.rate = rate, .epoch_ms = base_clock_ms(&wall)};
    script->lasting = "3600";
    pthread_mutex_init(&script->lock, NULL);
    script->az = (struct az_client){.http = base_http_client_new_loopback(script_serve, script),
                                    .clock = &script->clock,
                                    .random = base_random_new("test")};
    script->credential = az_credential_secret(&script->az, NULL, TENANT, CLIENT, SECRET);
}

/* Starts over with these replies; tokens and clock stay. */
static inline void script_set(struct script *script, const struct reply *replies, size_t count)
{
    for (size_t i = 0; i < script->count; i++)
        call_release(&script->calls[i]);
    memset(script->calls, 0, script->count * sizeof *script->calls);
    script->count = script->replied = 0;
    script->replies = replies;
    script->reply_count = count;
}
#define SCRIPT(script, ...)                                                                        \
    const struct reply replies_[] = {__VA_ARGS__};                                                 \
    script_set(script, replies_, sizeof replies_ / sizeof *replies_)
#define RESCRIPT(script, ...)                                                                      \
    do {                                                                                           \
        static const struct reply again_[] = {__VA_ARGS__};                                        \
        script_set(script, again_, sizeof again_ / sizeof *again_);                                \
    } while (0)

static inline void script_release(struct script *script)
{
    script_set(script, NULL, 0);
    call_release(&script->last_token);
    az_credential_free(script->credential);
    base_http_client_free(script->az.http);
    base_random_free(script->az.random);
    pthread_mutex_destroy(&script->lock);
}

/* The clock jumps; its rate must be 2. */
static inline void script_pass(struct script *script, int64_t ms)
{
    assert_true(script->clock.rate == 2.0);
    script->clock.epoch_ms -= ms;
}

static inline const char *call_header(const struct script *script, size_t at, const char *name)
{
    assert_true(at < script->count);
    return base_headers_get(&script->calls[at].headers, name);
}

/* Every reply was used and nothing more was asked. */
static inline void script_done(const struct script *script)
{
    assert_int_equal(script->replied, script->reply_count);
    assert_int_equal(script->count, script->reply_count);
}

static inline void assert_call(const struct script *script, size_t at, const char *method,
                               const char *url)
{
    assert_true(at < script->count);
    assert_string_equal(script->calls[at].method, method);
    assert_string_equal(script->calls[at].url, url);
}

/* No text of the error holds `secret`. */
static inline void assert_hidden(const struct base_error *err, const char *secret)
{
    assert_null(strstr(err->message, secret));
    assert_null(strstr(err->code, secret));
    assert_null(strstr(err->target, secret));
}

/* A field of a form body; release with free(). */
static inline char *form_field(const char *form, const char *name)
{
    struct base_arena arena;

    base_arena_init(&arena);
    char *value = base_strdup(base_query_get(&arena, form, name));
    base_arena_release(&arena);
    return value;
}

/* An RSA key with a certificate (leaf below an intermediate when `chain`). */
static inline base_key_t *test_key(base_random_t *random, bool chain)
{
    struct base_clock clock;

    base_clock_init(&clock);
    int64_t now = base_clock_ms(&clock);
    struct base_certificate_request request = {
        .common_name = "connector", .not_before_ms = now - 3600000, .not_after_ms = now + 86400000};
    base_key_t *key = base_key_new_rsa(2048), *middle = NULL, *root = NULL;
    if (chain) {
        struct base_certificate_request authority = request;
        authority.ca = true;
        authority.common_name = "root";
        root = base_key_new_ec();
        base_key_certify(root, NULL, &authority, random);
        authority.common_name = "middle";
        middle = base_key_new_ec();
        base_key_certify(middle, root, &authority, random);
    }
    base_key_certify(key, middle, &request, random);
    base_key_free(middle);
    base_key_free(root);
    return key;
}

#endif
