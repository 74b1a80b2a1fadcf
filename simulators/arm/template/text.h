/* simulators/arm/template/text.h: template text as clients send it, which is not always JSON.
 *
 * Beyond JSON: a byte order mark, comments (two slashes to the end of the line, or slash-star), strings over several lines, CR LF,
 * and names of members without quotes.
 * Member order is kept; a member named twice in one object is refused. Numbers that would print otherwise are raw nodes. */
#ifndef SIMULATORS_ARM_TEMPLATE_TEXT_H
#define SIMULATORS_ARM_TEMPLATE_TEXT_H

#include "common/json.h"

#define ARM_TEMPLATE_BYTES (4 << 20)
#define ARM_TEMPLATE_DEPTH 100

typedef struct arm_text arm_text_t; /* the tree and where its nodes stand; owns the tree */

/* Reads exactly one value. NULL + err (BASE_INVALID, code "InvalidTemplate", "... line 3, position 14."; BASE_TOO_LARGE past
 * ARM_TEMPLATE_BYTES). Copies the text. */
BASE_MUST_USE arm_text_t *arm_text_read(const char *text, size_t len, struct base_error *err);
void arm_text_free(arm_text_t *text);
cJSON *arm_text_root(const arm_text_t *text); /* borrowed */
/* Line and column (from 1) where a node of this tree begins; false when it is none of it. */
bool arm_text_place(const arm_text_t *text, const cJSON *node, int *line, int *column);
/* The node at a path as base_error.target has it ("resources[0].properties.x"), or the deepest that exists on the way to it. */
const cJSON *arm_text_find(const arm_text_t *text, const char *path);
/* The place recorded while reading failed; 0 when the error was not a reader's. */
void arm_text_error_place(const struct base_error *err, int *line, int *column);
/* Reads a request body the same way, for those who need no places. The caller deletes it. */
BASE_MUST_USE cJSON *arm_text_parse(const char *text, size_t len, struct base_error *err);

#endif
