/* Decides how calls out are signed and labelled. */
#include "reference/rp/world.h"

struct az_client rp_world_client(const struct rp_world *world, const char *correlation)
{
    return (struct az_client){.http = world->http,
                              .clock = world->clock,
                              .random = world->random,
                              .correlation = correlation,
                              .observe = world->metrics ? rp_metrics_call : NULL,
                              .observe_context = world->metrics};
}

struct az_arm rp_world_arm(const struct rp_world *world, const char *tenant,
                           const char *correlation)
{
    return (struct az_arm){.az = rp_world_client(world, correlation),
                           .credential = world->credential,
                           .endpoint = world->config->arm_endpoint,
                           .tenant = tenant};
}
