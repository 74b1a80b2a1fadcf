/* Decides what lists hold: paging, and the resources of a subscription or group. */
#include "simulators/arm/routes.h"
#include "simulators/arm/filter.h"
#include "simulators/arm/index.h"

#include <string.h>

/* A whole number of the query; `fallback` when absent, -1 + refusal when it is none. */
static int64_t number(struct arm_call *call, const char *name, int64_t least, int64_t fallback)
{
    const char *text = arm_call_query(call, name);
    int64_t value = fallback;

    if (!text || (base_parse_int64(text, &value) && value >= least))
        return value;
    arm_refuse(call->response, ARM_INVALID_QUERY, name,
               "The query parameter %s='%s' is not a whole number from %lld.", name, text,
               (long long)least);
    return -1;
}

static void add_next_link(struct arm_call *call, cJSON *answer, int64_t offset)
{
    struct base_pair *pairs;
    size_t count = base_query_parse(call->arena, call->request->query, false, &pairs);
    struct base_buf link = {0};

    base_buf_printf(&link, "%s%s", call->base, call->target.path);
    for (size_t i = 0; i < count; i++)
        if (!base_equal_nocase(pairs[i].name, "$skipToken"))
            base_query_add(&link, pairs[i].name, pairs[i].value);
    base_query_add(&link, "$skipToken", base_arena_printf(call->arena, "%lld", (long long)offset));
    base_json_set_text(answer, "nextLink", link.data);
    base_buf_release(&link);
}

void arm_call_answer_list(struct arm_call *call, cJSON *list)
{
    int64_t top = number(call, "$top", 1, INT64_MAX),
            skip = top < 0 ? -1 : number(call, "$skipToken", 0, 0);
    cJSON *answer, *value;

    if (top >= 0 && skip >= 0) {
        answer = cJSON_CreateObject();
        value = cJSON_AddArrayToObject(answer, "value");
        for (int64_t i = 0; i < skip && list->child; i++)
            cJSON_DeleteItemFromArray(list, 0);
        for (int64_t i = 0; i < top && list->child; i++)
            cJSON_AddItemToArray(value, cJSON_DetachItemFromArray(list, 0));
        if (list->child)
            add_next_link(call, answer, skip + top);
        base_http_answer_json_take(call->response, 200, answer);
    }
    cJSON_Delete(list);
}

/* ---- /resources ---- */

static bool expanded(struct arm_call *call, const char *member)
{
    const char *expand = arm_call_query(call, "$expand");
    return expand && strcasestr(expand, member);
}

static cJSON *shown(struct arm_call *call, const cJSON *resource)
{
    static const char *const members[] = {"id",   "name", "type",     "location", "tags",
                                          "kind", "sku",  "identity", "managedBy"};
    static const char *const wanted[] = {"createdTime", "changedTime"};
    const char *state = base_json_text(resource, "properties.provisioningState");
    cJSON *item = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (cJSON_GetObjectItemCaseSensitive(resource, members[i]))
            base_json_set(item, members[i],
                          base_json_copy(cJSON_GetObjectItemCaseSensitive(resource, members[i])));
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (expanded(call, wanted[i]))
            base_json_set_text(item, wanted[i], base_json_text(resource, wanted[i]));
    if (expanded(call, "provisioningState")) {
        state = state ? state : base_json_text(resource, "provisioningState");
        base_json_set_text(item, "provisioningState", state ? state : "Succeeded");
    }
    return item;
}

void arm_resources_list(struct arm_call *call)
{
    const char *filter;
    struct arm_filter_item probe = {NULL, NULL};
    cJSON *known, *resource, *list;

    if (!arm_filter_check(call, arm_filter_item_term, &probe, &filter))
        return;
    known = arm_resources_known(call->arm, call->target.id);
    list = cJSON_CreateArray();
    cJSON_ArrayForEach(resource, known)
    {
        struct arm_filter_item item = {resource, NULL};
        const char *action =
            base_arena_printf(call->arena, "%s/read", base_json_text(resource, "type"));
        if (arm_filter_matches(filter, arm_filter_item_term, &item) == 1 &&
            arm_call_allowed(call, action, base_json_text(resource, "id")))
            cJSON_AddItemToArray(list, shown(call, resource));
    }
    cJSON_Delete(known);
    arm_call_answer_list(call, list);
}
