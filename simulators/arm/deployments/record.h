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
