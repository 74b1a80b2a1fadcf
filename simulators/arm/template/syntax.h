/* simulators/arm/template/syntax.h: an expression's text as a tree. Private to the template language. */
#ifndef SIMULATORS_ARM_TEMPLATE_SYNTAX_H
#define SIMULATORS_ARM_TEMPLATE_SYNTAX_H

#include "simulators/arm/template/expression.h"

enum arm_node_kind {
    ARM_NODE_LITERAL, /* `literal` */
    ARM_NODE_CALL,    /* `text` is the function, `space` its namespace, `first` its arguments */
    ARM_NODE_MEMBER,  /* accessor .text */
    ARM_NODE_INDEX,   /* accessor [first] */
};

struct arm_node {
    enum arm_node_kind kind;
    bool safe;               /* accessors: .?x and [?x] */
    const char *space;       /* calls: NULL for the standard functions */
    const char *text;        /* function or member */
    cJSON *literal;          /* lives in the arena: never to be deleted */
    struct arm_node *first;  /* arguments of a call; the index of an accessor */
    struct arm_node *access; /* accessors of a call, in order */
    struct arm_node *next;   /* the next argument or accessor */
    int count;               /* of arguments */
    const struct arm_function
        *function; /* calls without namespace; NULL: there is none of that name */
};

/* Parses what stands between the brackets. Everything lives in the arena. NULL + err. */
BASE_MUST_USE struct arm_node *arm_syntax_parse(struct base_arena *arena, const char *text,
                                                size_t len, struct base_error *err);

#endif
