/* Decides how a scenario changes what the cloud may take its time for, and how all is as before afterwards. */
#include "runner/run.h"

#include <stdlib.h>

#define PATH "/_sim/settings"

/* null: as it was. */
static enum base_status put(struct run_world *world, const cJSON *item, struct base_error *err)
{
    struct base_buf path = {0};
    cJSON *body = cJSON_CreateObject(), *answer = NULL;
    enum base_status status;

    base_buf_puts(&path, PATH "/");
    base_uri_encode(&path, item->string, NULL);
    base_json_set(body, "value", base_json_copy(item));
    status = run_control(world, cJSON_IsNull(item) ? "DELETE" : "PUT", path.data,
                         cJSON_IsNull(item) ? NULL : body, &answer, err);
    cJSON_Delete(answer);
    cJSON_Delete(body);
    base_buf_release(&path);
    return status;
}

static enum base_status set(struct run_state *state, const cJSON *item, struct base_error *err)
{
    if (!state->setting_up)
        state->settings_changed = true;
    else if (cJSON_IsNull(item))
        cJSON_DeleteItemFromObjectCaseSensitive(state->setting_up, item->string);
    else
        base_json_set(state->setting_up, item->string, base_json_copy(item));
    return put(state->world, item, err);
}

enum run_attempt run_verb_setting(struct run_state *state, const cJSON *step, const cJSON *value,
                                  cJSON **answer, struct base_error *err)
{
    cJSON *settings = run_expand(&state->scope, value, err);
    enum base_status status = settings ? BASE_OK : BASE_INVALID;

    (void)step;
    for (const cJSON *item = settings ? settings->child : NULL; item && status == BASE_OK;
         item = item->next)
        status = set(state, item, err);
    cJSON_Delete(settings);
    if (status == BASE_OK)
        *answer = cJSON_CreateObject();
    return status == BASE_OK            ? RUN_ANSWERED
           : status == BASE_UNAVAILABLE ? RUN_TRANSPORT
           : status == BASE_UNSUPPORTED ? RUN_ABSENT
                                        : RUN_WRONG;
}

enum base_status run_settings_restore(struct run_state *state, struct base_error *err)
{
    cJSON *answer = NULL;
    enum base_status status = BASE_OK;

    if (state->settings_changed)
        status = run_control(state->world, "DELETE", PATH, NULL, &answer, err);
    for (const cJSON *item = state->settings_changed && state->standing ? state->standing->child
                                                                        : NULL;
         item && status == BASE_OK; item = item->next)
        status = put(state->world, item, err);
    state->settings_changed = false;
    cJSON_Delete(answer);
    return status;
}
