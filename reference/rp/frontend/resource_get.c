/* Decides what GET of one resource answers. */
#include "reference/rp/frontend/call.h"

void rp_resource_show(struct rp_call *call)
{
    struct rp_resource resource;
    struct base_error err = {0};
    enum base_status status = rp_resource_get(call->world->db, call->key, &resource, &err);

    if (status == BASE_OK) {
        rp_answer_resource(call, 200, &resource);
        rp_resource_release(&resource);
    } else if (status == BASE_NOT_FOUND) {
        rp_answer_error(call, 404, "ResourceNotFound", NULL, "The resource '%s' was not found.",
                        rp_version_id(call->arena, call->version, call->id));
    } else {
        rp_answer_failure(call, &err);
    }
}
