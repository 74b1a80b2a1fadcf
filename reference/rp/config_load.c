/* Decides which files the configuration is made of, and which of them a fault names. */
#include "reference/rp/config.h"
#include "reference/rp/config_private.h"
#include "reference/rp/api/json_text.h"
#include "common/file.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

/* "file:line:column: " when the member stands in the file; false when it does not. */
static bool name_place(struct base_error *err, const char *path, const struct base_error *fault)
{
    struct base_buf text = {0};
    int line, column;
    bool there = path && *fault->target && base_file_read(path, &text, NULL) == BASE_OK &&
                 text.len && rp_config_place(text.data, fault->target, &line, &column);

    if (there)
        base_error_set(err, fault->status, fault->code, "%s:%d:%d: %s", path, line, column,
                       fault->message);
    base_buf_release(&text);
    return there;
}

/* What the overlay says counts, so it is the first to blame. */
static enum base_status naming(struct base_error *err, const char *path, const char *overlay,
                               const struct base_error *fault)
{
    if (!name_place(err, overlay, fault) && !name_place(err, path, fault))
        base_error_set(err, fault->status, fault->code, "%s: %s", path, fault->message);
    base_error_target(err, "%s", fault->target);
    return fault->status;
}

/* One file; NULL + the fault with its place. */
static cJSON *load_one(const char *path, const char *what, struct base_error *err)
{
    cJSON *document = base_json_load(path, err);
    char sentence[320];

    if (!document)
        return NULL;
    if (!cJSON_IsObject(document))
        base_error_set(err, BASE_INVALID, "InvalidConfiguration", "%s: %s must be one JSON object",
                       path, what);
    else if (!rp_json_members_once(document, sentence, sizeof sentence))
        base_error_set(err, BASE_INVALID, "InvalidConfiguration", "%s: %s", path, sentence);
    else
        return document;
    cJSON_Delete(document);
    return NULL;
}

static cJSON *load(const char *path, const char *overlay, struct base_error *err)
{
    cJSON *document = load_one(path, "the configuration", err), *merged = NULL;

    if (!document || !overlay)
        return document;
    cJSON *patch = load_one(overlay, "an overlay", err);
    if (patch)
        merged = base_json_merge_patch(document, patch);
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
    return status == BASE_OK ? status : naming(err, path, overlay, &fault);
}
