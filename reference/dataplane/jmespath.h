/* reference/dataplane/jmespath.h: the JMESPath dialect of the connector (facts/iomt-dataplane.md §2.5, §2.10, §3.3).
 *
 * The language of 2015 with 26 functions, and eight of the connector's own. An expression is compiled once, is immutable
 * afterwards, and may be used by many threads at a time. Evaluation allocates from the caller's arena only and does a
 * bounded amount of work, however the expression and the event are made. */
#ifndef REFERENCE_DATAPLANE_JMESPATH_H
#define REFERENCE_DATAPLANE_JMESPATH_H

#include "reference/dataplane/jsonpath.h"

typedef struct dp_jmes dp_jmes_t;

#define DP_JMES_DEPTH_MAX 256 /* of nested or chained parts of one expression */

/* Syntax, names of functions and counts of their arguments are judged here. NULL on failure: BASE_INVALID, code "Exception"
 * or "JsonReaderException" (a literal that is no JSON), and the sentence that follows "Cause: " in a mapping's error. The
 * text is copied. Free with dp_jmes_free. */
BASE_MUST_USE dp_jmes_t *dp_jmes_compile(const char *text, size_t len, struct base_error *err);
void dp_jmes_free(dp_jmes_t *expression); /* NULL is fine */

/* The result as one token; a projection becomes an array. Never NULL on success; it may share tokens with root and the
 * compiled expression, so it lives as long as the shortest of root, arena and expression.
 * Fails with the original's exception name as code: "Exception" (types of arguments), "DivideByZeroException",
 * "OverflowException", "ArgumentOutOfRangeException", "ArgumentNullException", "InvalidCastException",
 * "InvalidOperationException", "NotSupportedException", and BASE_TOO_LARGE "WorkLimitExceeded". */
BASE_MUST_USE enum base_status dp_jmes_evaluate(const dp_jmes_t *expression,
                                                const struct dp_token *root, struct dp_work *work,
                                                const struct dp_token **out,
                                                struct base_error *err);

/* The matches: each element of a projection, explicit nulls too; else the result itself unless it is null. The result is
 * complete before the first is emitted. Anything but BASE_OK from `emit` ends the walk and is returned. */
BASE_MUST_USE enum base_status dp_jmes_each(const dp_jmes_t *expression,
                                            const struct dp_token *root, struct dp_work *work,
                                            dp_path_emit emit, void *context,
                                            struct base_error *err);

/* The result as a single value: NULL when it is null. A projection of two or more: "TemplateExpressionException"; of one:
 * an array of one. */
BASE_MUST_USE enum base_status dp_jmes_one(const dp_jmes_t *expression, const struct dp_token *root,
                                           struct dp_work *work, const struct dp_token **out,
                                           struct base_error *err);

#endif
