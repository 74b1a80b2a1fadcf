/* Decides whether a workspace name is free (workspace names are unique over all customers: they become host names). */
#include "reference/rp/frontend/call.h"
#include "common/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool valid(const char *name)
{
    size_t len = strlen(name);

    return len >= 3 && len <= 24 && isalnum((unsigned char)name[0]) &&
           isalnum((unsigned char)name[len - 1]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

static enum base_status taken(struct rp_call *call, const char *name, bool *out,
                              struct base_error *err)
{
    const struct rp_resource_query query = {
        .type = RP_WORKSPACE, .prefix = "/", .after = "", .limit = 1000000};
    struct rp_resource *list = NULL;
    size_t count = 0;

    *out = false;
    enum base_status status = rp_resource_list(call->world->db, &query, &list, &count, err);
    for (size_t i = 0; status == BASE_OK && i < count; i++)
        *out = *out || base_equal_nocase(rp_resource_name(&list[i]), name);
    rp_resources_free(list, count);
    return status;
}

static void answer(struct rp_call *call, const char *reason, const char *message)
{
    cJSON *body = cJSON_CreateObject();

    base_json_set_bool(body, "nameAvailable", !reason);
    base_json_set_text(body, "reason", reason);
    base_json_set_text(body, "message", message);
    base_http_answer_json_take(call->response, 200, body);
}

void rp_name_check(struct rp_call *call)
{
    struct base_error err = {0};
    struct rp_faults faults = {0};
    bool in_use = false;
    cJSON *body = rp_body(call);

    if (!body)
        return;
    const char *name = rp_need_text(body, "", "name", &faults),
               *type = rp_need_text(body, "", "type", &faults);
    if (type && !rp_type_spelled(type, RP_WORKSPACE))
        rp_fault(&faults, RP_BAD, "type",
                 "type: found \"%.100s\", expected Microsoft.HealthcareApis/workspaces", type);
    if (rp_faults_any(&faults))
        rp_answer_faults(call, &faults);
    else if (!valid(name))
        answer(call, "Invalid",
               "A name has 3 to 24 letters, digits and hyphens, a letter or digit at both ends.");
    else if (taken(call, name, &in_use, &err) != BASE_OK)
        rp_answer_failure(call, &err);
    else
        answer(call, in_use ? "AlreadyExists" : NULL,
               in_use ? "A workspace of this name exists." : NULL);
    rp_faults_release(&faults);
    cJSON_Delete(body);
}
