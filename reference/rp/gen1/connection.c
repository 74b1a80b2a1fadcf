/* Decides how devices get into a Gen 1 connector: each connection is a hub of its own, whose keys can be listed. */
#include "reference/rp/gen1/handlers.h"
#include "reference/rp/gen1/names.h"

static const struct rp_write_rules RULES = {.empty_body = true};

void rp_gen1_connection_put(struct rp_call *call)
{
    rp_write_put(call, &RULES);
}

void rp_gen1_connection_delete(struct rp_call *call)
{
    rp_delete(call, NULL);
}

static void answer_keys(struct rp_call *call, const cJSON *keys)
{
    static const char *const SHOWN[] = {"primaryConnectionString", "secondaryConnectionString"};
    cJSON *body = cJSON_CreateObject();

    for (size_t i = 0; i < 2; i++)
        base_json_set_text(body, SHOWN[i], base_json_text(keys, SHOWN[i]));
    base_http_answer_json_take(call->response, 200, body);
}

static void list_keys(struct rp_call *call, const char *rule)
{
    struct az_arm arm = rp_world_arm(call->world, NULL, call->correlation);
    struct az_arm_operation operation;
    struct base_error err = {0};
    cJSON *keys = NULL;
    const char *path = base_arena_printf(call->arena, "%s/listKeys", rule);

    if (az_arm_write(&arm, "POST", path, RP_EVENT_HUBS_API_VERSION, NULL, &keys, &operation,
                     &err) == BASE_OK)
        answer_keys(call, keys);
    else
        rp_answer_failure(call, &err);
    cJSON_Delete(keys);
}

void rp_gen1_connection_keys(struct rp_call *call)
{
    struct rp_resource connection;
    struct base_error err = {0};

    if (!rp_writable(call))
        return;
    enum base_status status = rp_resource_get(call->world->db, call->key, &connection, &err);

    if (status == BASE_NOT_FOUND) {
        rp_answer_error(call, 404, "ResourceNotFound", NULL, "The resource '%s' was not found.",
                        call->id);
        return;
    }
    if (status != BASE_OK) {
        rp_answer_failure(call, &err);
        return;
    }
    const char *rule = base_json_text(connection.metadata, "rule");
    if (rp_resource_busy(&connection) || !rule)
        rp_answer_error(call, 409, "Conflict", NULL,
                        "%s is %s; its keys can be listed once it is Succeeded.",
                        rp_call_name(call), connection.state);
    else
        list_keys(call, base_arena_strdup(call->arena, rule));
    rp_resource_release(&connection);
}
