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
    static const char *const MEMBERS[] = {"name", "type", NULL};
    bool in_use = false;
    cJSON *body = rp_body(call);

    if (!body)
        return;
    const char *name = rp_need_text(body, "", "name", &faults),
               *type = rp_need_text(body, "", "type", &faults);
    rp_refuse_unknown(body, "", MEMBERS, &faults);
    if (type && !rp_type_spelled(type, RP_WORKSPACE))
        rp_fault(&faults, RP_BAD, "type",
                 "type: found \"%.100s\", expected Microsoft.HealthcareApis/workspaces", type);
    if (rp_faults_any(&faults))
        rp_answer_faults(call, &faults);
    else if (!valid(name))
        answer(call, "Invalid",
               "A name has 3 to 24 letters, digits and hyphens, a letter or digit at both ends.");
    else if (rp_resource_named(call->world->db, RP_WORKSPACE, name, &in_use, &err) != BASE_OK)
        rp_answer_failure(call, &err);
    else
        answer(call, in_use ? "AlreadyExists" : NULL,
               in_use ? "A workspace of this name exists." : NULL);
    rp_faults_release(&faults);
    cJSON_Delete(body);
}
