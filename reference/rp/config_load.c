/* Decides which files the configuration is made of. */
#include "reference/rp/config.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

static enum base_status naming(struct base_error *err, const char *path,
                               const struct base_error *fault)
{
    base_error_set(err, fault->status, fault->code, "%s: %s", path, fault->message);
    base_error_target(err, "%s", fault->target);
    return fault->status;
}

static cJSON *load(const char *path, const char *overlay, struct base_error *err)
{
    cJSON *document = base_json_load(path, err), *patch = NULL, *merged = NULL;

    if (!document || !overlay)
        return document;
    patch = base_json_load(overlay, err);
    if (patch && cJSON_IsObject(patch))
        merged = base_json_merge_patch(document, patch);
    else if (patch)
        base_error_set(err, BASE_INVALID, "InvalidConfiguration",
                       "%s: an overlay must be one JSON object", overlay);
    cJSON_Delete(patch);
    cJSON_Delete(document);
    return merged;
}

enum base_status rp_config_load(const char *path, const char *overlay, struct rp_config *config,
                                struct base_error *err)
{
    struct base_error fault = {0};
    cJSON *document;

    memset(config, 0, sizeof *config);
    document = load(path, overlay, err);
    if (!document)
        return err->status;
    char *copy = base_strdup(path);
    enum base_status status = rp_config_read(document, dirname(copy), config, &fault);
    free(copy);
    return status == BASE_OK ? status : naming(err, path, &fault);
}
