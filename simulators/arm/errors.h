/* simulators/arm/errors.h: ARM's own errors as a table (facts of ARM, 1.3.1). */
#ifndef ARM_ERRORS_H
#define ARM_ERRORS_H

#include "common/http.h"

enum arm_error {
    ARM_AUTHENTICATION_FAILED,
    ARM_INVALID_TOKEN,
    ARM_EXPIRED_TOKEN,
    ARM_INVALID_AUDIENCE,
    ARM_WRONG_TENANT,
    ARM_AUTHORIZATION_FAILED,
    ARM_LINKED_AUTHORIZATION_FAILED,
    ARM_MISSING_API_VERSION,
    ARM_INVALID_API_VERSION,
    ARM_NO_REGISTERED_PROVIDER,
    ARM_INVALID_SUBSCRIPTION_ID,
    ARM_SUBSCRIPTION_NOT_FOUND,
    ARM_SUBSCRIPTION_READ_ONLY,
    ARM_MISSING_SUBSCRIPTION,
    ARM_MISSING_REGISTRATION,
    ARM_INVALID_NAMESPACE,
    ARM_INVALID_TYPE,
    ARM_INVALID_NAME,
    ARM_INVALID_GROUP_NAME,
    ARM_GROUP_NOT_FOUND,
    ARM_GROUP_BEING_DELETED,
    ARM_GROUP_LOCATION_FIXED,
    ARM_GROUP_LOCATION_UNKNOWN,
    ARM_GROUP_DELETION_BLOCKED,
    ARM_CANNOT_DELETE,
    ARM_SCOPE_LOCKED,
    ARM_LOCK_NOT_FOUND,
    ARM_THROTTLED,
    ARM_IDENTITY_THROTTLED,
    ARM_MANAGEMENT_GROUP_NOT_FOUND,
    ARM_MANAGEMENT_GROUP_NOT_EMPTY,
    ARM_RESOURCE_NOT_FOUND,
    ARM_PARENT_NOT_FOUND,
    ARM_NOT_FOUND,
    ARM_METHOD_NOT_ALLOWED,
    ARM_NOT_IMPLEMENTED,
    ARM_INVALID_CONTENT,
    ARM_INVALID_FILTER,
    ARM_INVALID_QUERY,
    ARM_LOCATION_REQUIRED,
    ARM_LOCATION_NOT_AVAILABLE,
    ARM_LOCATION_FIXED,
    ARM_INVALID_TAGS,
    ARM_INVALID_TAG_NAME,
    ARM_PROVIDER_UNAVAILABLE,
    ARM_PROVIDER_TIMEOUT,
    ARM_PROVIDER_BROKEN,
    ARM_ASSIGNMENT_ID,
    ARM_ASSIGNMENT_EXISTS,
    ARM_ASSIGNMENT_UPDATE,
    ARM_ASSIGNMENT_NOT_FOUND,
    ARM_ASSIGNMENT_LIMIT,
    ARM_ASSIGNMENT_HASH,
    ARM_PRINCIPAL_NOT_FOUND,
    ARM_PRINCIPAL_ID,
    ARM_PRINCIPAL_TYPE,
    ARM_ROLE_NOT_FOUND,
    ARM_ROLE_ID,
    ARM_ROLE_NAME_TAKEN,
    ARM_ROLE_IN_USE,
    ARM_INVALID_TEMPLATE,
    ARM_INVALID_DEPLOYMENT,
    ARM_INVALID_CONTENT_LINK,
    ARM_DEPLOYMENT_NAME_LENGTH,
    ARM_DEPLOYMENT_NAME_CHARACTERS,
    ARM_DEPLOYMENT_NOT_FOUND,
    ARM_DEPLOYMENT_OPERATION_NOT_FOUND,
    ARM_DEPLOYMENT_ACTIVE,
    ARM_DEPLOYMENT_NOT_CANCELABLE,
    ARM_DEPLOYMENT_LOCATION,
    ARM_DEPLOYMENT_QUOTA,
};

/* The status and the code of an error. */
int arm_error_status(enum arm_error error);
const char *arm_error_code(enum arm_error error);

/* Answers {"error":{code,message,target?}} with x-ms-failure-cause: gateway. `target` may be NULL. Returns false, so that a check
 * can end with it. */
bool arm_refuse(struct base_http_response *response, enum arm_error error, const char *target,
                const char *fmt, ...) BASE_PRINTF(4, 5);
/* Adds one entry to error.details of an answer that arm_refuse made. */
void arm_refuse_detail(struct base_http_response *response, const char *code, const char *target,
                       const char *message);

#endif
