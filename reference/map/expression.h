/* reference/map/expression.h: an expression of either language, compiled and evaluated alike.
 * A compiled expression is immutable; everything found lives in the arena of the work, or in the document. */
#ifndef REFERENCE_MAP_EXPRESSION_H
#define REFERENCE_MAP_EXPRESSION_H

#include "reference/dataplane/device_template.h"
#include "reference/dataplane/jmespath.h"

struct map_expression {
    enum dp_language language;
    dp_path_t *path; /* of JSONPath */
    dp_jmes_t *jmes; /* of JMESPath */
};

/* The language of a word, any case; false for another word. */
BASE_MUST_USE bool map_language_parse(const char *word, enum dp_language *out);
/* Fails with the original's exception as code. Release what was compiled. */
BASE_MUST_USE enum base_status map_expression_compile(enum dp_language language, const char *text,
                                                      struct map_expression *out,
                                                      struct base_error *err);
void map_expression_release(struct map_expression *expression);

/* Each match, as the templates see matches. */
BASE_MUST_USE enum base_status map_expression_each(const struct map_expression *expression,
                                                   const struct dp_token *root,
                                                   struct dp_work *work, dp_path_emit emit,
                                                   void *context, struct base_error *err);
/* The single value, as the templates see values; NULL for none. */
BASE_MUST_USE enum base_status map_expression_one(const struct map_expression *expression,
                                                  const struct dp_token *root, struct dp_work *work,
                                                  const struct dp_token **out,
                                                  struct base_error *err);
/* The result as it is (JMESPath only): a projection is an array, nothing is null. */
BASE_MUST_USE enum base_status
map_expression_whole(const struct map_expression *expression, const struct dp_token *root,
                     struct dp_work *work, const struct dp_token **out, struct base_error *err);

#endif
