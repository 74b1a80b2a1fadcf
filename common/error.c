/* Decides how an error is recorded: first cause wins. */
#include "common/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void base_error_clear(struct base_error *err)
{
    if (err)
        memset(err, 0, sizeof *err);
}

enum base_status base_error_set(struct base_error *err, enum base_status status, const char *code,
                                const char *fmt, ...)
{
    va_list args;

    if (!err || err->status != BASE_OK)
        return status;
    err->status = status;
    snprintf(err->code, sizeof err->code, "%s", code ? code : "");
    va_start(args, fmt);
    vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    return status;
}

void base_error_target(struct base_error *err, const char *fmt, ...)
{
    va_list args;

    if (!err || err->target[0])
        return;
    va_start(args, fmt);
    vsnprintf(err->target, sizeof err->target, fmt, args);
    va_end(args);
}

const char *base_status_name(enum base_status status)
{
    static const char *const names[] = {
        [BASE_OK] = "ok",
        [BASE_INVALID] = "invalid",
        [BASE_NOT_FOUND] = "not found",
        [BASE_EXISTS] = "exists",
        [BASE_CONFLICT] = "conflict",
        [BASE_UNAUTHENTICATED] = "unauthenticated",
        [BASE_DENIED] = "denied",
        [BASE_TOO_LARGE] = "too large",
        [BASE_THROTTLED] = "throttled",
        [BASE_UNAVAILABLE] = "unavailable",
        [BASE_TIMEOUT] = "timeout",
        [BASE_CANCELED] = "canceled",
        [BASE_IO] = "io",
        [BASE_PROTOCOL] = "protocol",
        [BASE_UNSUPPORTED] = "unsupported",
    };
    return (size_t)status < sizeof names / sizeof *names ? names[status] : "?";
}

enum base_status base_status_of_http(int http_status)
{
    static const struct {
        int http;
        enum base_status status;
    } map[] = {
        {400, BASE_INVALID},     {401, BASE_UNAUTHENTICATED}, {403, BASE_DENIED},
        {404, BASE_NOT_FOUND},   {408, BASE_TIMEOUT},         {409, BASE_CONFLICT},
        {410, BASE_NOT_FOUND},   {412, BASE_CONFLICT},        {413, BASE_TOO_LARGE},
        {422, BASE_INVALID},     {429, BASE_THROTTLED},       {501, BASE_UNSUPPORTED},
        {503, BASE_UNAVAILABLE}, {504, BASE_TIMEOUT},
    };

    if (http_status >= 200 && http_status < 300)
        return BASE_OK;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        if (map[i].http == http_status)
            return map[i].status;
    return http_status >= 500 ? BASE_UNAVAILABLE : BASE_INVALID;
}

void base_bug(const char *file, int line, const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "bug: %s:%d: ", file, line);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}
