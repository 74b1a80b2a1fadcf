/* common/json.h: what everybody does with cJSON, once. cJSON is the JSON of REST bodies, scenario
 * files and FHIR resources at the edges; the mapping languages have a reader of their own
 * (reference/dataplane). */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include "common/mem.h"

#include <cjson/cJSON.h>

/* Parses exactly one value (nothing but blanks after it). NULL + err with line and column
 * otherwise. The caller frees with cJSON_Delete. Nesting limit is cJSON's (1000). */
BASE_MUST_USE cJSON *base_json_parse(const char *text, size_t len, struct base_error *err);
/* Gives the numbers of a tree the spelling they have in `text`, from which base_json_parse made it: one that would be printed
 * otherwise becomes a raw node (cJSON_IsRaw), so that 72.0 stays 72.0. `text` ends with a NUL. */
void base_json_keep_numbers(cJSON *node, const char *text);
/* Reads and parses a file; the error names path:line:column. */
BASE_MUST_USE cJSON *base_json_load(const char *path, struct base_error *err);

/* Walks members by a dotted path ("properties.identity.type"; a number indexes an array).
 * Names are exact; the nocase form folds ASCII (ARM bodies). NULL when anything is missing. */
cJSON *base_json_at(const cJSON *node, const char *dotted);
cJSON *base_json_at_nocase(const cJSON *node, const char *dotted);
/* The string at a dotted path; NULL when absent or not a string. Borrowed from the node. */
const char *base_json_text(const cJSON *node, const char *dotted);
/* The number at a dotted path, or `fallback`. */
double base_json_number(const cJSON *node, const char *dotted, double fallback);
bool base_json_true(const cJSON *node, const char *dotted); /* true only for a JSON true */

/* Sets a member by exact name, replacing one that is there. The object takes `item` over. */
void base_json_set(cJSON *object, const char *name, cJSON *item);
void base_json_set_text(cJSON *object, const char *name, const char *text); /* NULL removes */
void base_json_set_number(cJSON *object, const char *name, double number);
void base_json_set_bool(cJSON *object, const char *name, bool value);
/* Puts `item` before the element at `index` (at the end when index is the size). Takes it over. cJSON's own insertion
 * does nothing but at the front in some releases (Debian's 1.7.15-1+deb12u4 among them). */
void base_json_insert(cJSON *array, int index, cJSON *item);
/* A string built like printf. */
cJSON *base_json_textf(const char *fmt, ...) BASE_PRINTF(1, 2) BASE_MUST_USE;

/* Unindented text; release with free(). */
char *base_json_print(const cJSON *node) BASE_MUST_USE;
char *base_json_print_pretty(const cJSON *node) BASE_MUST_USE;
void base_json_append(struct base_buf *out, const cJSON *node);

/* Deep copy; NULL -> NULL. */
cJSON *base_json_copy(const cJSON *node) BASE_MUST_USE;
/* RFC 7396; consumes neither; the result is new. */
cJSON *base_json_merge_patch(const cJSON *target, const cJSON *patch) BASE_MUST_USE;
/* RFC 6901 pointer; NULL when absent. */
cJSON *base_json_pointer(const cJSON *node, const char *pointer);
/* Deep equality, member order ignored, names case-sensitive. */
bool base_json_equal(const cJSON *a, const cJSON *b);

#endif
