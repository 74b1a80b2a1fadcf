/* keyvault/arm.h: the hooks of the provider Microsoft.KeyVault, shared by its three files. Hooks run under the provider's lock and
 * take the room's own only to look or to change. */
#ifndef KEYVAULT_ARM_H
#define KEYVAULT_ARM_H

#include "simulators/keyvault/world.h"

#define KV_NAMESPACE "Microsoft.KeyVault"

/* arm.c. A refusal fills the answer; refuse_member is always false, so that `return` reads well. */
bool kv_arm_refuse_name(struct sim_resource_call *call, const char *name); /* true: refused */
bool kv_arm_refuse_member(struct sim_resource_call *call, const char *target, const char *expected);
void kv_arm_vault_changed(void *kv, const cJSON *body, bool removed);

/* arm_policy.c */
bool kv_arm_check_policies(struct sim_resource_call *call, const cJSON *policies);
bool kv_arm_policies_put(struct sim_resource_call *call, cJSON *body);

/* arm_deleted.c */
bool kv_arm_check_name(struct sim_resource_call *call);
bool kv_arm_deleted_list(struct sim_resource_call *call);
bool kv_arm_deleted_get(struct sim_resource_call *call);
bool kv_arm_deleted_purge(struct sim_resource_call *call);

#endif
