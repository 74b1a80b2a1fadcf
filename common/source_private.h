/* common/source_private.h: the inside of a loaded source, shared by source.c and yaml.c only. */
#ifndef COMMON_SOURCE_PRIVATE_H
#define COMMON_SOURCE_PRIVATE_H

#include "common/yaml.h"

struct placed {
    const cJSON *node;
    struct base_place place;
};

struct base_source {
    char *name, *text;
    size_t len;
    cJSON *root;
    struct placed *places; /* sorted by address once the tree is complete */
    size_t count, cap;
    bool sorted;
};

/* Remembers where `node` stands. */
void base_source_put_place(base_source_t *source, const cJSON *node,
                           const struct base_place *place);
/* Fills root and places from the source's text. */
BASE_MUST_USE enum base_status base_yaml_read(base_source_t *source, struct base_error *err);
/* An error with place, line and carets. Returns `status`. */
enum base_status base_source_refuse(const base_source_t *source, enum base_status status, int line,
                                    int column, int width, struct base_error *err, const char *fmt,
                                    ...) BASE_PRINTF(7, 8);

#endif
