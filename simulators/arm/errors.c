/* Decides status and code of every error that ARM itself answers. */
#include "simulators/arm/errors.h"

#include <string.h>

static const struct {
    int status;
    const char *code;
} errors[] = {
    [ARM_AUTHENTICATION_FAILED] = {401, "AuthenticationFailed"},
    [ARM_INVALID_TOKEN] = {401, "InvalidAuthenticationToken"},
    [ARM_EXPIRED_TOKEN] = {401, "ExpiredAuthenticationToken"},
    [ARM_INVALID_AUDIENCE] = {401, "InvalidAuthenticationTokenAudience"},
    [ARM_WRONG_TENANT] = {401, "InvalidAuthenticationTokenTenant"},
    [ARM_AUTHORIZATION_FAILED] = {403, "AuthorizationFailed"},
    [ARM_LINKED_AUTHORIZATION_FAILED] = {403, "LinkedAuthorizationFailed"},
    [ARM_MISSING_API_VERSION] = {400, "MissingApiVersionParameter"},
    [ARM_INVALID_API_VERSION] = {400, "InvalidApiVersionParameter"},
    [ARM_NO_REGISTERED_PROVIDER] = {400, "NoRegisteredProviderFound"},
    [ARM_INVALID_SUBSCRIPTION_ID] = {400, "InvalidSubscriptionId"},
    [ARM_SUBSCRIPTION_NOT_FOUND] = {404, "SubscriptionNotFound"},
    [ARM_SUBSCRIPTION_READ_ONLY] = {409, "ReadOnlyDisabledSubscription"},
    [ARM_MISSING_SUBSCRIPTION] = {404, "MissingSubscription"},
    [ARM_MISSING_REGISTRATION] = {409, "MissingSubscriptionRegistration"},
    [ARM_INVALID_NAMESPACE] = {404, "InvalidResourceNamespace"},
    [ARM_INVALID_TYPE] = {404, "InvalidResourceType"},
    [ARM_INVALID_NAME] = {400, "InvalidResourceName"},
    [ARM_INVALID_GROUP_NAME] = {400, "InvalidResourceGroup"},
    [ARM_GROUP_NOT_FOUND] = {404, "ResourceGroupNotFound"},
    [ARM_GROUP_BEING_DELETED] = {409, "ResourceGroupBeingDeleted"},
    [ARM_GROUP_LOCATION_FIXED] = {409, "InvalidResourceGroupLocation"},
    [ARM_GROUP_LOCATION_UNKNOWN] = {400, "LocationNotAvailableForResourceGroup"},
    [ARM_GROUP_DELETION_BLOCKED] = {409, "ResourceGroupDeletionBlocked"},
    [ARM_CANNOT_DELETE] = {409, "CannotDeleteResource"},
    [ARM_SCOPE_LOCKED] = {409, "ScopeLocked"},
    [ARM_LOCK_NOT_FOUND] = {404, "LockNotFound"},
    [ARM_THROTTLED] = {429, "SubscriptionRequestsThrottled"},
    [ARM_IDENTITY_THROTTLED] = {429, "FailedIdentityOperation"},
    [ARM_MANAGEMENT_GROUP_NOT_FOUND] = {404, "NotFound"},
    [ARM_MANAGEMENT_GROUP_NOT_EMPTY] = {409, "ManagementGroupNotEmpty"},
    [ARM_RESOURCE_NOT_FOUND] = {404, "ResourceNotFound"},
    [ARM_PARENT_NOT_FOUND] = {404, "ParentResourceNotFound"},
    [ARM_NOT_FOUND] = {404, "NotFound"},
    [ARM_METHOD_NOT_ALLOWED] = {405, "MethodNotAllowed"},
    [ARM_NOT_IMPLEMENTED] = {501, "NotImplemented"},
    [ARM_INVALID_CONTENT] = {400, "InvalidRequestContent"},
    [ARM_INVALID_FILTER] = {400, "InvalidFilterInQueryString"},
    [ARM_INVALID_QUERY] = {400, "InvalidQueryParameterValue"},
    [ARM_LOCATION_REQUIRED] = {400, "LocationRequired"},
    [ARM_LOCATION_NOT_AVAILABLE] = {400, "LocationNotAvailableForResourceType"},
    [ARM_LOCATION_FIXED] = {409, "InvalidResourceLocation"},
    [ARM_INVALID_TAGS] = {400, "InvalidTags"},
    [ARM_INVALID_TAG_NAME] = {400, "InvalidTagNameCharacters"},
    [ARM_PROVIDER_UNAVAILABLE] = {503, "ServiceUnavailable"},
    [ARM_PROVIDER_TIMEOUT] = {504, "GatewayTimeout"},
    [ARM_PROVIDER_BROKEN] = {500, "InternalServerError"},
    [ARM_ASSIGNMENT_ID] = {400, "InvalidRoleAssignmentId"},
    [ARM_ASSIGNMENT_EXISTS] = {409, "RoleAssignmentExists"},
    [ARM_ASSIGNMENT_UPDATE] = {400, "RoleAssignmentUpdateNotPermitted"},
    [ARM_ASSIGNMENT_NOT_FOUND] = {404, "RoleAssignmentNotFound"},
    [ARM_ASSIGNMENT_LIMIT] = {400, "RoleAssignmentLimitExceeded"},
    [ARM_ASSIGNMENT_HASH] = {400, "HashConflictOnDifferentRoleAssignmentIds"},
    [ARM_PRINCIPAL_NOT_FOUND] = {400, "PrincipalNotFound"},
    [ARM_PRINCIPAL_ID] = {400, "InvalidPrincipalId"},
    [ARM_PRINCIPAL_TYPE] = {400, "UnmatchedPrincipalType"},
    [ARM_ROLE_NOT_FOUND] = {404, "RoleDefinitionDoesNotExist"},
    [ARM_ROLE_ID] = {400, "InvalidRoleDefinitionId"},
    [ARM_ROLE_NAME_TAKEN] = {409, "RoleDefinitionWithSameNameExists"},
    [ARM_ROLE_IN_USE] = {400, "RoleDefinitionHasAssignments"},
    [ARM_INVALID_TEMPLATE] = {400, "InvalidTemplate"},
    [ARM_INVALID_DEPLOYMENT] = {400, "InvalidDeployment"},
    [ARM_INVALID_CONTENT_LINK] = {400, "InvalidContentLink"},
    [ARM_DEPLOYMENT_NAME_LENGTH] = {400, "DeploymentNameLengthLimitExceeded"},
    [ARM_DEPLOYMENT_NAME_CHARACTERS] = {400, "DeploymentNameInvalidCharacters"},
    [ARM_DEPLOYMENT_NOT_FOUND] = {404, "DeploymentNotFound"},
    [ARM_DEPLOYMENT_OPERATION_NOT_FOUND] = {404, "DeploymentOperationNotFound"},
    [ARM_DEPLOYMENT_ACTIVE] = {409, "DeploymentActive"},
    [ARM_DEPLOYMENT_NOT_CANCELABLE] = {409, "DeploymentCannotBeCancelled"},
    [ARM_DEPLOYMENT_LOCATION] = {409, "InvalidDeploymentLocation"},
    [ARM_DEPLOYMENT_QUOTA] = {409, "DeploymentQuotaExceeded"},
};

int arm_error_status(enum arm_error error)
{
    return errors[error].status;
}

const char *arm_error_code(enum arm_error error)
{
    return errors[error].code;
}

bool arm_refuse(struct base_http_response *response, enum arm_error error, const char *target,
                const char *fmt, ...)
{
    struct base_buf message = {0};
    cJSON *body = cJSON_CreateObject(), *node = cJSON_AddObjectToObject(body, "error");
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&message, fmt, args);
    va_end(args);
    base_json_set_text(node, "code", errors[error].code);
    base_json_set_text(node, "message", message.data);
    base_json_set_text(node, "target", target);
    base_buf_clear(&response->body);
    base_http_answer_json_take(response, errors[error].status, body);
    base_headers_set(&response->headers, "x-ms-failure-cause", "gateway");
    base_buf_release(&message);
    return false;
}

void arm_refuse_detail(struct base_http_response *response, const char *code, const char *target,
                       const char *message)
{
    cJSON *body = base_json_parse(response->body.data, response->body.len, NULL);
    cJSON *node = base_json_at(body, "error"), *details = base_json_at(node, "details");
    cJSON *detail = cJSON_CreateObject();

    if (!details)
        details = cJSON_AddArrayToObject(node, "details");
    base_json_set_text(detail, "code", code);
    base_json_set_text(detail, "target", target);
    base_json_set_text(detail, "message", message);
    cJSON_AddItemToArray(details, detail);
    base_buf_clear(&response->body);
    base_json_append(&response->body, body);
    cJSON_Delete(body);
}
