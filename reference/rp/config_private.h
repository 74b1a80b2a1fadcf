/* reference/rp/config_private.h: a configuration while it is read; for the files config*.c only. */
#ifndef REFERENCE_RP_CONFIG_PRIVATE_H
#define REFERENCE_RP_CONFIG_PRIVATE_H

#include "reference/rp/config.h"

struct rp_config_reading {
    struct rp_config *config;
    const char *folder; /* relative paths start here */
    struct base_error *err;
};
/* "path: found ..., expected ..."; gives BASE_INVALID. found NULL: nothing. */
enum base_status rp_config_wrong(struct base_error *err, const char *path, const char *expected,
                                 const cJSON *found);
BASE_MUST_USE enum base_status rp_config_texts(struct rp_config_reading *in, const char *path,
                                               const cJSON *node, struct rp_texts *out);
bool rp_config_is_url(const char *text);
/* Line and column, from 1, where the member `path` ("regions[0].name") of the JSON text begins; false when it is not there. */
bool rp_config_place(const char *text, const char *path, int *line, int *column);
/* The member "regions" of the document. */
BASE_MUST_USE enum base_status rp_config_regions(struct rp_config_reading *in);

#endif
