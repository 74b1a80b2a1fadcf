/* Says which authorization rules ARM may make, and hands out their keys (facts arm.md §4.2). */
#include "simulators/eventhub/arm.h"

#include <string.h>

#define RULES_MAX 12

/* Fills rights from the request; those of the rule that comes with a namespace when there is no request. */
static bool rights_ok(struct sim_resource_call *call, cJSON *properties)
{
    static const char *const words[] = {"Listen", "Manage", "Send"};
    bool seen[3] = {false};
    const cJSON *right, *rights = cJSON_GetObjectItemCaseSensitive(properties, "rights");
    if (!call->request_body && !rights) {
        base_json_set(properties, "rights", cJSON_CreateStringArray(words, 3));
        return true;
    }
    int known = 0;
    cJSON_ArrayForEach(right, rights)
    {
        for (int i = 0; i < 3; i++)
            if (base_equal(words[i], cJSON_GetStringValue(right))) {
                seen[i] = true;
                known++;
            }
    }
    if (known > 0 && known == cJSON_GetArraySize(rights) && (!seen[1] || (seen[0] && seen[2])))
        return true;
    eh_arm_refuse(
        call, 400, "BadRequest",
        "SubCode=40000. The rights of an authorization rule are a list of Manage, Send, Listen; "
        "Manage needs the two "
        "others.");
    return false;
}

bool eh_arm_rule_put(struct sim_resource_call *call, cJSON *body)
{
    const char *name = call->id.names[call->id.depth - 1];
    cJSON *space = NULL;
    if (!eh_arm_name_ok(name, 256)) {
        eh_arm_refuse(call, 400, "BadRequest",
                      "SubCode=40000. The authorization rule name '%s' is invalid.", name);
        return false;
    }
    if (!call->resource && eh_arm_siblings(call) >= RULES_MAX) {
        eh_arm_refuse(
            call, 403, "Forbidden",
            "SubCode=40300. The maximum number of authorization rules, %d, has been reached.",
            RULES_MAX);
        return false;
    }
    if (!rights_ok(call, eh_arm_member(body, "properties")))
        return false;
    (void)eh_arm_tier(call, &space);
    base_json_set_text(body, "location", base_json_text(space, "location"));
    cJSON_Delete(space);
    return true;
}

bool eh_arm_rule_action(struct sim_resource_call *call)
{
    eh_t *eh = call->context;
    const char *type = base_json_text(call->request_body, "keyType"),
               *id = base_json_text(call->resource, "id");
    bool regenerate = base_equal_nocase(call->id.action, "regenerateKeys");
    int index = base_equal(type, "PrimaryKey") ? 0 : base_equal(type, "SecondaryKey") ? 1 : -1;
    if (!regenerate && !base_equal_nocase(call->id.action, "listKeys")) {
        eh_arm_refuse(call, 404, "NotFound", "The action '%s' is none of listKeys, regenerateKeys.",
                      call->id.action);
        return false;
    }
    if (regenerate && index < 0) {
        eh_arm_refuse(call, 400, "BadRequest",
                      "SubCode=40000. keyType is '%s', expected PrimaryKey or SecondaryKey.",
                      type ? type : "");
        return false;
    }
    if (regenerate)
        (void)eh_rule_new_key(eh, id, index, base_json_text(call->request_body, "key"));
    cJSON *keys = eh_rule_keys_json(eh, id);
    if (keys)
        base_http_answer_json_take(call->response, 200, keys);
    else
        eh_arm_refuse(call, 404, "NotFound", "The authorization rule has no keys.");
    return keys != NULL;
}

void eh_arm_rule_changed(void *context, const cJSON *body, bool removed)
{
    eh_rule_apply(context, body, removed);
}
