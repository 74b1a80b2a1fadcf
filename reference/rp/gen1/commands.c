/* Decides which steps bring a Gen 1 resource about, and in which order: a connector has an Event Hub namespace, each connection a hub in it. */
#include "reference/rp/gen1/commands.h"
#include "reference/rp/gen1/connection_hub.h"
#include "reference/rp/provisioning/capacity.h"
#include "reference/rp/provisioning/provisioning.h"

#include <string.h>

static const struct rp_step CONNECTOR[] = {
    {"capacity", "capacity", rp_capacity_ensure},
    {"group", "the resource group", rp_group_ensure},
    {"namespace", "the Event Hub namespace", rp_namespace_ensure},
};
static const struct rp_step CONNECTION[] = {
    {"hub", "the event hub for the devices", rp_gen1_hub_ensure},
    {"rule", "the key of the event hub", rp_gen1_rule_ensure},
};
static const struct rp_step TEARDOWN[] = {
    {"children", "what belongs to it", rp_remove_children},
    {"teardown", "what was made for it", rp_teardown},
};

#define STEPS(table) table, sizeof table / sizeof *table
static const struct rp_command COMMANDS[] = {
    {"iomtconnector.create", STEPS(CONNECTOR)},
    {"iomtconnector.update", STEPS(CONNECTOR)},
    {"iomtconnector.reconcile", STEPS(CONNECTOR), .quiet = true, .checks = true},
    {"iomtconnector.delete", STEPS(TEARDOWN), .removes = true},
    {"connection.create", STEPS(CONNECTION)},
    {"connection.update", STEPS(CONNECTION)},
    {"connection.reconcile", STEPS(CONNECTION), .quiet = true, .checks = true},
    {"connection.delete", STEPS(TEARDOWN), .removes = true},
};

const struct rp_command *rp_gen1_command_find(const char *kind)
{
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
        if (!strcmp(COMMANDS[i].kind, kind))
            return &COMMANDS[i];
    return NULL;
}
