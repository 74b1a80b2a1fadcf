/* common/error.h: what went wrong, for the program (status) and for the person (code, target,
 * message).
 *
 * A struct base_error lives on the caller's stack and is passed as the last parameter; the first
 * cause wins: setting an error that is already set keeps the first. err may be NULL where the
 * caller does not care. */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#define BASE_MUST_USE __attribute__((warn_unused_result))
/* Ignores the result of a BASE_MUST_USE call on purpose (a cast to void does not silence gcc). */
#define base_ignore(call) ((void)!(call))
#define BASE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum base_status {
    BASE_OK = 0,
    BASE_INVALID,         /* the input is wrong */
    BASE_NOT_FOUND,       /* nothing of that name */
    BASE_EXISTS,          /* something of that name is already there */
    BASE_CONFLICT,        /* lost a race, a precondition or a lease */
    BASE_UNAUTHENTICATED, /* no or bad credential */
    BASE_DENIED,          /* good credential, no right */
    BASE_TOO_LARGE,       /* a declared maximum was passed */
    BASE_THROTTLED,       /* ask again later, see retry_after_s */
    BASE_UNAVAILABLE,     /* the other side is away or answers 5xx */
    BASE_TIMEOUT,
    BASE_CANCELED, /* we were asked to stop */
    BASE_IO,       /* the operating system refused */
    BASE_PROTOCOL, /* the other side does not keep to the protocol */
    BASE_UNSUPPORTED,
};

struct base_error {
    enum base_status status;
    int http_status;    /* of the answer that caused it; 0 if none */
    int retry_after_s;  /* seconds, 0 if the other side named none */
    char code[64];      /* the service's code: "AuthorizationFailed" */
    char target[160];   /* the field, file or resource; "" if none */
    char message[1024]; /* one sentence: what was found, what was expected */
};

/* Empties `err`. */
void base_error_clear(struct base_error *err);

/* Records status, code (may be NULL) and sentence unless err already holds an error. Returns
 * `status`, so that `return base_error_set(...)` reads well. */
enum base_status base_error_set(struct base_error *err, enum base_status status, const char *code,
                                const char *fmt, ...) BASE_PRINTF(4, 5);

/* Names the field or file at fault, if none is named yet. */
void base_error_target(struct base_error *err, const char *fmt, ...) BASE_PRINTF(2, 3);

/* "invalid", "not found", ...: for logs. */
const char *base_status_name(enum base_status status);

/* Maps an HTTP status to the nearest base_status (2xx -> BASE_OK). */
enum base_status base_status_of_http(int http_status);

/* Our fault: prints file, line and sentence, aborts. */
#define BUG(...) base_bug(__FILE__, __LINE__, __VA_ARGS__)
#define BUG_ON(cond)                                                                               \
    do {                                                                                           \
        if (cond)                                                                                  \
            BUG("%s", #cond);                                                                      \
    } while (0)
_Noreturn void base_bug(const char *file, int line, const char *fmt, ...) BASE_PRINTF(3, 4);

#endif
