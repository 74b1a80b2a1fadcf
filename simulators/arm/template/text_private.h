/* simulators/arm/template/text_private.h: the inside of read template text, shared by text.c and text_reader.c only. */
#ifndef SIMULATORS_ARM_TEMPLATE_TEXT_PRIVATE_H
#define SIMULATORS_ARM_TEMPLATE_TEXT_PRIVATE_H

#include "simulators/arm/template/text.h"

struct arm_text {
    char *text;
    size_t len;
    cJSON *root;
    struct arm_text_placed {
        const cJSON *node;
        size_t offset;
    } * places; /* by address, once all is read */
    size_t count, cap;
    size_t *lines; /* where each begins */
    size_t line_count;
};

/* Line and column (from 1) of a byte. */
void arm_text_line(const arm_text_t *text, size_t offset, int *line, int *column);
/* Remembers where a node stands. */
void arm_text_put(arm_text_t *text, const cJSON *node, size_t offset);
/* The value of the whole text, with its places; NULL + err. */
BASE_MUST_USE cJSON *arm_text_grammar(arm_text_t *text, struct base_error *err);

#endif
