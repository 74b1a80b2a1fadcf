/* reference/dataplane/jsonpath.h: the JSONPath dialect of the connector (facts/iomt-dataplane.md §3.1).
 *
 * A path is compiled once, is immutable afterwards, and may be used by many threads at a time. Evaluation allocates from
 * the caller's arena only and does a bounded amount of work. */
#ifndef REFERENCE_DATAPLANE_JSONPATH_H
#define REFERENCE_DATAPLANE_JSONPATH_H

#include "reference/dataplane/token.h"

typedef struct dp_path dp_path_t;

#define DP_PATH_STEPS_MAX 128      /* steps of one path */
#define DP_WORK_DEFAULT 20000000ul /* tokens visited for one event */

/* What evaluation may use: memory, and how many tokens it may still visit. */
struct dp_work {
    struct base_arena *arena;
    unsigned long left;
};

/* NULL on a syntax error: BASE_INVALID, code "JsonException". Free with dp_path_free. */
BASE_MUST_USE dp_path_t *dp_path_compile(const char *text, struct base_error *err);
void dp_path_free(dp_path_t *path); /* NULL is fine */

/* Called for each selected token, in selection order, as soon as it is found. Anything but BASE_OK ends the walk and is what
 * dp_path_each returns. The token is borrowed. */
typedef enum base_status (*dp_path_emit)(void *context, const struct dp_token *token);

/* Fails with the original's exception name as code: "JsonException" (slice step 0), "ArgumentOutOfRangeException" (negative
 * index), "FormatException", "InvalidCastException", "OverflowException" (comparisons), "RegexParseException",
 * "RegexMatchTimeoutException", and BASE_TOO_LARGE "WorkLimitExceeded". Tokens before the failure were emitted. */
BASE_MUST_USE enum base_status dp_path_each(const dp_path_t *path, const struct dp_token *root,
                                            struct dp_work *work, dp_path_emit emit, void *context,
                                            struct base_error *err);
/* The only selected token, or NULL for none. Two or more: "JsonException". */
BASE_MUST_USE enum base_status dp_path_one(const dp_path_t *path, const struct dp_token *root,
                                           struct dp_work *work, const struct dp_token **out,
                                           struct base_error *err);

#endif
