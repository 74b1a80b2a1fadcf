/* Decides what the command takes as measurements, as resolved ids and as Observations that are there already. */
#include "reference/map/batch.h"

#include "reference/map/input.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

static enum base_status read_token(struct map_batch *batch, const char *path,
                                   const struct dp_token *token, struct base_error *err)
{
    struct base_buf json = {0};
    struct base_error cause = {0};
    enum base_status status = BASE_OK;

    if (token->type != DP_ARRAY && token->type != DP_OBJECT)
        return base_error_set(err, BASE_INVALID, NULL,
                              "%s:%d:%d: expected a measurement or an array of them, found %s",
                              path, token->line, token->column, dp_type_name(token->type));
    for (size_t i = 0; token->type == DP_ARRAY && i < token->children.count; i++)
        if (token->children.items[i].value->type != DP_OBJECT)
            return base_error_set(
                err, BASE_INVALID, NULL, "%s:%d:%d: expected a measurement, found %s", path,
                token->children.items[i].value->line, token->children.items[i].value->column,
                dp_type_name(token->children.items[i].value->type));
    dp_token_write(&json, token);
    if (dp_measurement_read(&batch->arena, json.data, json.len, token->type == DP_ARRAY,
                            &batch->list, &cause) != BASE_OK)
        status = base_error_set(err, BASE_INVALID, cause.code, "%s:%d:%d: %s", path, token->line,
                                token->column, cause.message);
    base_buf_release(&json);
    return status;
}

/* NDJSON: one measurement a line. */
static enum base_status read_lines(struct map_batch *batch, const char *path,
                                   const struct base_buf *text, struct base_error *err)
{
    enum base_status status = BASE_OK;
    int number = 0;

    for (const char *at = text->data, *end = at + text->len; status == BASE_OK && at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);
        struct base_error cause = {0};
        int line, column;
        struct dp_token *token = NULL;
        number++;
        if (strspn(at, " \t\r") < len) {
            token = dp_read(&batch->arena, at, len, DP_READ_WHOLE | DP_READ_DATES_TEXT, &cause);
            if (!token && map_take_place(cause.message, &line, &column))
                return base_error_set(err, BASE_INVALID, NULL, "%s:%d:%d: %s", path, number, column,
                                      cause.message);
            if (!token)
                return base_error_set(err, BASE_INVALID, NULL, "%s:%d: %s", path, number,
                                      cause.message);
            token->line = number;
            status = read_token(batch, path, token, err);
        }
        at += len + 1;
    }
    return status;
}

/* One JSON value when it is one; else line by line. */
enum base_status map_batch_read(struct map_batch *batch, const char *path, struct base_error *err)
{
    struct base_buf text = {0};
    struct base_error cause = {0};
    struct dp_token *token;
    int line, column;
    enum base_status status = map_read_all(path, &text, err);

    if (status != BASE_OK)
        goto done;
    token = dp_read(&batch->arena, text.len ? text.data : "", text.len,
                    DP_READ_WHOLE | DP_READ_DATES_TEXT, &cause);
    if (token)
        status = read_token(batch, path, token, err);
    else if (text.data[strspn(text.data, " \t\r\n")] == '{' &&
             strstr(cause.message, "Additional text"))
        status = read_lines(batch, path, &text, err);
    else if (map_take_place(cause.message, &line, &column))
        status = base_error_set(err, BASE_INVALID, NULL, "%s:%d:%d: %s", path, line, column,
                                cause.message);
    else
        status = base_error_set(err, BASE_INVALID, NULL, "%s: %s", path, cause.message);
done:
    base_buf_release(&text);
    return status;
}

enum base_status map_ids_parse(struct base_arena *arena, const char *text, struct map_ids *out,
                               struct base_error *err)
{
    const struct {
        const char *name;
        const char **value;
    } members[] = {
        {"Patient", &out->patient}, {"Device", &out->device}, {"Encounter", &out->encounter}};
    struct base_error cause = {0};
    struct dp_token *token =
        dp_read(arena, text, strlen(text), DP_READ_WHOLE | DP_READ_DATES_TEXT, &cause);

    *out = (struct map_ids){0};
    if (!token || token->type != DP_OBJECT)
        return base_error_set(
            err, BASE_INVALID, NULL,
            "--ids must be {\"Patient\":\"...\",\"Device\":\"...\"}, found %.80s%s%s", text,
            token ? "" : ": ", token ? "" : cause.message);
    for (size_t i = 0; i < token->children.count; i++) {
        const struct dp_member *member = &token->children.items[i];
        size_t at = 0;
        while (at < 3 && strcmp(members[at].name, member->name.data) != 0)
            at++;
        if (at == 3 || member->value->type != DP_STRING || !member->value->text.len)
            return base_error_set(err, BASE_INVALID, NULL,
                                  "--ids holds the texts Patient, Device and Encounter, found "
                                  "\"%.60s\" of type %s",
                                  member->name.data, dp_type_name(member->value->type));
        *members[at].value = member->value->text.data;
    }
    if (!out->patient || !out->device)
        return base_error_set(err, BASE_INVALID, NULL, "--ids lacks %s",
                              out->patient ? "Device" : "Patient");
    return BASE_OK;
}

static enum base_status put_existing(struct map_batch *batch, const char *path, cJSON *resource,
                                     struct base_error *err)
{
    if (!base_equal(base_json_text(resource, "resourceType"), "Observation")) {
        cJSON_Delete(resource);
        return base_error_set(err, BASE_INVALID, NULL,
                              "%s: expected an Observation or an array of them", path);
    }
    map_store_put(&batch->store, resource);
    return BASE_OK;
}

enum base_status map_batch_existing(struct map_batch *batch, const char *path,
                                    struct base_error *err)
{
    struct base_buf text = {0};
    struct base_error cause = {0};
    cJSON *root = NULL;
    enum base_status status = map_read_all(path, &text, err);

    if (status != BASE_OK)
        goto done;
    root = base_json_parse(text.len ? text.data : "", text.len, &cause);
    if (!root) {
        bool placed = strncmp(cause.message, "line ", 5) == 0;
        status = base_error_set(err, BASE_INVALID, NULL, "%s:%s%s", path, placed ? "" : " ",
                                cause.message + (placed ? 5 : 0));
        goto done;
    }
    base_json_keep_numbers(root, text.data);
    if (!cJSON_IsArray(root)) {
        status = put_existing(batch, path, root, err);
        root = NULL;
    }
    while (status == BASE_OK && root && root->child)
        status = put_existing(batch, path, cJSON_DetachItemFromArray(root, 0), err);
done:
    cJSON_Delete(root);
    base_buf_release(&text);
    return status;
}
