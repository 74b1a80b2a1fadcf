/* common/yaml.h: a strict subset of YAML, loaded through libyaml into cJSON, with a place for every node.
 * The subset: shared rules of docs/scenario-format.md (only JSON's literals are typed; a plain number that would not print
 * back is an error; anchors, aliases, merge keys, tags, second documents and duplicate keys are refused). */
#ifndef COMMON_YAML_H
#define COMMON_YAML_H

#include "common/json.h"

#define BASE_YAML_DEPTH 32
#define BASE_YAML_NODES 20000
#define BASE_YAML_SCALAR 65536

typedef struct base_source
    base_source_t; /* the file's text and where its nodes stand; owns the tree */

struct base_place {
    int line, column;         /* from 1; of the value */
    int key_line, key_column; /* of its key; 0 for array elements and the root */
};

/* Loads a .yaml/.yml (or .json, through cJSON, with places only for the root) file. The error reads
 * "path:line:column: sentence" and base_source_caret-like lines follow in message. */
BASE_MUST_USE base_source_t *base_source_load(const char *path, struct base_error *err);
BASE_MUST_USE base_source_t *base_source_parse(const char *name, const char *text, size_t len,
                                               struct base_error *err);
void base_source_free(base_source_t *source);
cJSON *base_source_root(const base_source_t *source); /* borrowed */
const char *base_source_name(const base_source_t *source);
/* The place of a node of this tree (by address; copies have none). False when unknown. */
bool base_source_place(const base_source_t *source, const cJSON *node, struct base_place *out);
/* Appends "name:12:5: <sentence>\n  12 | text of the line\n     |     ^^^^\n". width: carets, at least 1. */
void base_source_show(const base_source_t *source, int line, int column, int width,
                      const char *sentence, struct base_buf *out);

#endif
