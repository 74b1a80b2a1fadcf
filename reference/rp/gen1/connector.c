/* Decides what a Gen 1 connector needs beyond the common rules: its FHIR service is there, and no connection outlives it. */
#include "reference/rp/gen1/handlers.h"

#include <string.h>

#define SERVICE_API_VERSION "2020-03-30"

/* The service is another provider's; its id is the path up to its name. */
static bool find_service(struct rp_call *call, cJSON *desired)
{
    struct az_arm arm = rp_world_arm(call->world, call->home_tenant, call->correlation);
    char *id = base_arena_strdup(call->arena, call->id);
    struct base_error err = {0};
    cJSON *resource = NULL;

    (void)desired;
    for (int i = 0; i < 2; i++)
        *strrchr(id, '/') = '\0';
    enum base_status status = az_arm_get(&arm, id, SERVICE_API_VERSION, &resource, &err);
    cJSON_Delete(resource);
    if (status == BASE_NOT_FOUND)
        rp_answer_error(call, 404, "ParentResourceNotFound", NULL,
                        "Can not perform the requested operation on a nested resource: its parent "
                        "%s was not found.",
                        id);
    else if (status != BASE_OK)
        rp_answer_failure(call, &err);
    return status == BASE_OK;
}

static const struct rp_write_rules RULES = {.prepare = find_service};

void rp_gen1_connector_put(struct rp_call *call)
{
    rp_write_put(call, &RULES);
}

void rp_gen1_connector_patch(struct rp_call *call)
{
    rp_write_patch(call, &RULES);
}

static bool has_connections(struct rp_call *call, const struct rp_resource *connector)
{
    return rp_children_forbid(call, connector, RP_GEN1_CONNECTION);
}

void rp_gen1_connector_delete(struct rp_call *call)
{
    rp_delete(call, has_connections);
}
