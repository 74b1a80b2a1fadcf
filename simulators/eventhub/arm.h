/* eventhub/arm.h: what the files of the management side share. All run under the provider's lock. */
#ifndef EVENTHUB_ARM_H
#define EVENTHUB_ARM_H

#include "simulators/eventhub/world.h"

struct eh_arm_tier {
    const char *sku;
    int hubs, groups, partitions, retention_days, units; /* units: of throughput or processing */
};

/* Answers {"error":{code,message}}; the service's tracking tail is put behind the sentence. */
void eh_arm_refuse(struct sim_resource_call *call, int status, const char *code, const char *fmt,
                   ...) BASE_PRINTF(4, 5);
/* The tier of the namespace above; *space is a copy of that (cJSON_Delete), NULL when it is gone. */
const struct eh_arm_tier *eh_arm_tier(struct sim_resource_call *call, cJSON **space);
/* How many resources of the call's type its parent has. */
size_t eh_arm_siblings(struct sim_resource_call *call);
/* 1..most letters, digits, periods, hyphens, underscores; a letter or digit first and last. */
bool eh_arm_name_ok(const char *name, size_t most);
/* The member object, made when it is not there. Borrowed. */
cJSON *eh_arm_member(cJSON *body, const char *name);

/* arm_rule.c: the hooks of both authorizationRules types. */
bool eh_arm_rule_put(struct sim_resource_call *call, cJSON *body);
bool eh_arm_rule_action(struct sim_resource_call *call);
void eh_arm_rule_changed(void *context, const cJSON *body, bool removed);

#endif
