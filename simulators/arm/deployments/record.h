/* simulators/arm/deployments/record.h: what is kept of deployments and their operations, also over a restart. Private to the room.
 *
 * A record: {"shown": DeploymentExtended, "kept": {request, parameters, who, apiVersion, operation}}. */
#ifndef ARM_DEPLOYMENT_RECORD_H
#define ARM_DEPLOYMENT_RECORD_H

#include "simulators/arm/deployments/deployment.h"

/* A decimal number of the template's content, white space and comments left out. */
void arm_template_hash(const cJSON *template, char out[24]);

/* The record of an id, a copy; NULL when there is none. */
cJSON *arm_record_get(struct arm *arm, const char *id) BASE_MUST_USE;
/* Writes the record of a deployment that begins, replacing an older one and its operations (unless it was resumed). */
void arm_record_begin(struct arm_deployment *deployment);
/* Writes state, outputs, error, duration. */
void arm_record_update(struct arm_deployment *deployment);
/* DeploymentExtended of a deployment in memory; validated: as validate answers. */
cJSON *arm_record_shown(struct arm_deployment *deployment, bool validated) BASE_MUST_USE;
/* Removes the record and its operations. */
void arm_record_remove(struct arm *arm, const char *id);

/* secure.c. Values of secure parameters are never in a record; a mark stands for them there, and they are in memory for as long as
 * the record and the process are. */
/* Is the value one that the template and the vaults cannot give again? */
bool arm_secure_needed(const struct arm_deployment *deployment, const cJSON *value);
cJSON *arm_secure_mark(void) BASE_MUST_USE;
void arm_secure_keep(const struct arm_deployment *deployment);
void arm_secure_forget(struct arm *arm, const char *id);
/* Puts the values in place of the marks of `request` ("kept.request" of the record `id`). Fails: BASE_INVALID, "InvalidDeployment": the
 * process that had them has ended. Any thread. */
BASE_MUST_USE enum base_status arm_secure_restore(struct arm *arm, const char *id, cJSON *request,
                                                  struct base_error *err);

/* Parts that records and operations share: a time as RFC 3339, "PT1.500S", {id, resourceType, resourceName}. */
void arm_record_set_time(cJSON *properties, const char *name, int64_t ms);
void arm_record_set_duration(cJSON *properties, int64_t ms);
cJSON *arm_record_brief(const struct arm_node *node) BASE_MUST_USE;

/* operation.c. An operation of a node: begins it (gives it an id), and says how it stands. `status` is the HTTP status of the last answer, 0:
 * none; `error` may be NULL. */
void arm_operation_begin(struct arm_deployment *deployment, struct arm_node *node);
void arm_operation_update(struct arm_deployment *deployment, const struct arm_node *node,
                          const char *state, int status, const cJSON *error);
/* The same for the evaluation of outputs. */
void arm_operation_outputs(struct arm_deployment *deployment, const cJSON *error);
/* Copies, in order of their beginning. */
cJSON *arm_operation_list(struct arm *arm, const char *deployment_id) BASE_MUST_USE;
cJSON *arm_operation_get(struct arm *arm, const char *deployment_id,
                         const char *operation) BASE_MUST_USE;

#endif
