/* reference/dataplane/jmespath_parser.h: a JMESPath text while it is parsed; for jmespath_parse.c and jmespath_prefix.c only.
 * All that parses returns NULL after an error. Everything lives in the arena of the expression. */
#ifndef REFERENCE_DATAPLANE_JMESPATH_PARSER_H
#define REFERENCE_DATAPLANE_JMESPATH_PARSER_H

#include "reference/dataplane/jmespath_parts.h"

struct dp_jmes_parser {
    struct base_arena *arena;
    const char *text, *end;
    struct dp_jmes_lexeme now;
    int depth;
    struct base_error *err;
};

/* An expression whose operators bind tighter than `binds`; 0: all of them. */
struct dp_jmes_node *dp_jmes_parse(struct dp_jmes_parser *in, int binds);
struct dp_jmes_node *dp_jmes_parse_prefix(struct dp_jmes_parser *in);
struct dp_jmes_node *dp_jmes_parse_after_dot(struct dp_jmes_parser *in);
struct dp_jmes_node *dp_jmes_parse_list(struct dp_jmes_parser *in); /* "[" a, b "]" */
/* At "[": does a number, a slice or "*]" follow, and not a list of expressions? */
bool dp_jmes_specifies(const struct dp_jmes_parser *in);

struct dp_jmes_node *dp_jmes_node_new(struct dp_jmes_parser *in, enum dp_jmes_kind kind);
/* Makes the node deeper than its child; NULL + error when that is too deep to evaluate. */
struct dp_jmes_node *dp_jmes_deepen(struct dp_jmes_parser *in, struct dp_jmes_node *node,
                                    const struct dp_jmes_node *child);
void dp_jmes_next(struct dp_jmes_parser *in);
/* Goes past a word; false + error when another stands there. */
bool dp_jmes_take(struct dp_jmes_parser *in, enum dp_jmes_word word, const char *mark);
/* Records a syntax error at the word at hand. Always NULL. */
void *dp_jmes_fail(struct dp_jmes_parser *in, const char *expected);

#endif
