/* reference/map/eval.h: one expression on one document. */
#ifndef REFERENCE_MAP_EVAL_H
#define REFERENCE_MAP_EVAL_H

#include "reference/map/expression.h"

/* Appends {"results":[...]} (JSONPath), {"result":{...}} (JMESPath) or {"error":{...}}; as text: one line a result, or a
 * sentence. False when it is an error. */
bool map_eval(enum dp_language language, const char *expression, const struct dp_token *document,
              bool json, struct base_buf *out);

#endif
