/* Decides whether a worker may still change the world: as long as its lease is its own. */
#include "reference/rp/worker/fence.h"

#include <string.h>

enum base_status rp_job_permit(void *job, const char *method, const char *url,
                               struct base_error *err)
{
    const struct rp_job *mine = job;
    struct base_error found = {0};

    if (!strcmp(method, "GET") || !strcmp(method, "HEAD"))
        return BASE_OK;
    enum base_status status = rp_lease_check(mine->world->db, &mine->operation, &found);
    if (status == BASE_OK)
        return BASE_OK;
    /* no service's answer: none of the clients may take it for a 409 */
    return base_error_set(err, status == BASE_CONFLICT ? BASE_CANCELED : status, found.code,
                          "%s; %.200s was not called", found.message, url);
}
