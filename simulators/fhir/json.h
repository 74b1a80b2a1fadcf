/* fhir/json.h: JSON of FHIR resources: a tree of cJSON nodes that keeps the text of every number
 * (1.0 stays 1.0) and lives wholly in an arena.
 *
 * Numbers are nodes of type cJSON_Raw whose valuestring is the text. Nodes are never given to
 * cJSON_Delete nor to functions that replace or delete members; reading with cJSON and base_json_*
 * is fine. Source of the rule: HL7 FHIR R4 json.html ("precision of decimals is significant"). */
#ifndef FHIR_JSON_H
#define FHIR_JSON_H

#include "common/json.h"

#define FHIR_JSON_DEPTH 100

/* Strict RFC 8259, one value, no member twice. NULL + err (BASE_INVALID with line and column)
 * otherwise. Texts are copies. */
BASE_MUST_USE cJSON *fhir_json_parse(struct base_arena *arena, const char *text, size_t len,
                                     struct base_error *err);
cJSON *fhir_json_object(struct base_arena *arena);
cJSON *fhir_json_array(struct base_arena *arena);
cJSON *fhir_json_text(struct base_arena *arena, const char *text);   /* copies */
cJSON *fhir_json_number(struct base_arena *arena, const char *text); /* copies */
cJSON *fhir_json_integer(struct base_arena *arena, int64_t number);
cJSON *fhir_json_bool(struct base_arena *arena, bool value);
cJSON *fhir_json_copy(struct base_arena *arena, const cJSON *node); /* NULL -> NULL */

/* A stored text, taken over as it is: printed, never looked into. Borrows `text`. */
cJSON *fhir_json_verbatim(struct base_arena *arena, const char *text);

/* Appends; `name` NULL for arrays. The name is borrowed: a literal or a text of the same arena. */
void fhir_json_add(cJSON *parent, const char *name, cJSON *item);
void fhir_json_add_text(struct base_arena *arena, cJSON *parent, const char *name,
                        const char *text); /* NULL: nothing */
/* Replaces the member in place, or appends. */
void fhir_json_put(cJSON *object, const char *name, cJSON *item);
void fhir_json_insert(cJSON *parent, cJSON *before, const char *name, cJSON *item); /* NULL: end */
void fhir_json_replace(cJSON *parent, cJSON *old, cJSON *item); /* keeps the name */
void fhir_json_unlink(cJSON *parent, cJSON *item);

/* The member, its text (NULL: absent or not a string), and whether a node is a number. */
cJSON *fhir_json_get(const cJSON *object, const char *name);
const char *fhir_json_get_text(const cJSON *object, const char *name);
bool fhir_json_is_number(const cJSON *node);
/* Deep equality, order of members ignored, numbers by their text. */
bool fhir_json_equal(const cJSON *a, const cJSON *b);

/* Appends the text; `pretty` with line breaks and two blanks a level. */
void fhir_json_print(struct base_buf *out, const cJSON *node, bool pretty);

#endif
