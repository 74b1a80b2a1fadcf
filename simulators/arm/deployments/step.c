/* Decides what is done next for one resource of a deployment: send it, ask how it stands, or say how it ended. */
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/reference.h"
#include "simulators/arm/deployments/scheduler_private.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPTS_MAX 8
#define THROTTLED_MAX 200
#define DELAY_MS 1000 /* clock; when the provider does not say */
#define DELAY_MAX_MS 60000

static struct arm_step_result again(int64_t delay_ms)
{
    return (struct arm_step_result){.step = ARM_STEP_AGAIN, .delay_ms = delay_ms};
}

static struct arm_step_result fail(struct arm_deployment *deployment, struct arm_node *node,
                                   int status, cJSON *error)
{
    if (!base_json_text(error, "target"))
        base_json_set_text(error, "target", node->id);
    arm_operation_update(deployment, node, "Failed", status, error);
    return (struct arm_step_result){.step = ARM_STEP_FAILED, .error = error};
}

static struct arm_step_result done(struct arm_deployment *deployment, struct arm_node *node,
                                   int status, cJSON *result)
{
    arm_operation_update(deployment, node, "Succeeded", status, NULL);
    return (struct arm_step_result){.step = ARM_STEP_DONE, .result = result};
}

static int64_t retry_after(const struct arm_reply *reply, int64_t fallback)
{
    const char *text = base_headers_get(&reply->headers, "Retry-After");
    int64_t seconds;

    return text && base_parse_int64(text, &seconds) && seconds >= 0 && seconds <= 3600
               ? seconds * 1000
               : fallback;
}

/* Answers that say: not now. */
static bool worth_retrying(const struct arm_reply *reply)
{
    const char *code = base_json_text(reply->body, "error.code");

    return reply->status == 429 || reply->status == 503 || reply->status == 504 ||
           base_equal(code, "AnotherOperationInProgress") || base_equal(code, "RetryableError");
}

static bool retries(struct arm_node *node, const struct arm_reply *reply, int64_t *delay_ms)
{
    int most = reply->status == 429 ? THROTTLED_MAX : ATTEMPTS_MAX;

    if (!worth_retrying(reply) || ++node->attempts >= most)
        return false;
    *delay_ms = (int64_t)DELAY_MS << (node->attempts < 6 ? node->attempts : 6);
    *delay_ms = retry_after(reply, *delay_ms < DELAY_MAX_MS ? *delay_ms : DELAY_MAX_MS);
    return true;
}

static bool is_terminal(const char *state)
{
    return !state || base_equal_nocase(state, "Succeeded") || base_equal_nocase(state, "Failed") ||
           base_equal_nocase(state, "Canceled");
}

/* The resource ended in a state that is no success: `inner` (taken) is what the provider says about it. */
static struct arm_step_result fail_terminal(struct arm_deployment *deployment,
                                            struct arm_node *node, const char *state, cJSON *inner)
{
    cJSON *error = cJSON_CreateObject(), *details;

    base_json_set_text(error, "code", "ResourceDeploymentFailure");
    base_json_set_text(error, "target", node->id);
    base_json_set(
        error, "message",
        base_json_textf("The resource %s operation failed to complete successfully, because it "
                        "reached terminal provisioning state '%s'.",
                        node->kind == ARM_NODE_DELETE ? "deletion" : "write", state));
    if (inner) {
        details = cJSON_AddArrayToObject(error, "details");
        cJSON_AddItemToArray(details, inner);
    }
    return fail(deployment, node, 409, error);
}

/* ---- the end ---- */

/* The resource as it is now. */
static struct arm_step_result look(struct arm_deployment *deployment, struct arm_node *node)
{
    struct arm_reply reply;
    struct arm_step_result step;
    int64_t delay_ms;

    if (node->kind == ARM_NODE_DELETE)
        return done(deployment, node, 200, NULL);
    arm_ask(deployment->arm, &deployment->who, "GET", node->id, node->api_version, NULL, &reply);
    const char *state = base_json_text(reply.body, "properties.provisioningState");
    if (reply.status != 200)
        step = retries(node, &reply, &delay_ms)
                   ? again(delay_ms)
                   : fail(deployment, node, reply.status, arm_reply_error(&reply));
    else if (!is_terminal(state))
        step = again(retry_after(&reply, DELAY_MS));
    else if (state && !base_equal_nocase(state, "Succeeded"))
        step = fail_terminal(deployment, node, state,
                             base_json_copy(base_json_at(reply.body, "properties.error")));
    else
        step = done(deployment, node, 200, base_json_copy(reply.body));
    arm_reply_release(&reply);
    return step;
}

/* ---- polling ---- */

static struct arm_step_result poll_status(struct arm_deployment *deployment, struct arm_node *node,
                                          const struct arm_reply *reply)
{
    const char *state = base_json_text(reply->body, "status");

    if (!state && reply->status == 202)
        return again(retry_after(reply, DELAY_MS));
    if (!is_terminal(state))
        return again(retry_after(reply, DELAY_MS));
    if (state && !base_equal_nocase(state, "Succeeded"))
        return fail_terminal(deployment, node, state,
                             base_json_copy(base_json_at(reply->body, "error")));
    node->way = ARM_POLL_RESOURCE;
    node->attempts = 0;
    return look(deployment, node);
}

static struct arm_step_result poll(struct arm_deployment *deployment, struct arm_node *node)
{
    struct arm_reply reply;
    struct arm_step_result step;
    int64_t delay_ms;

    if (node->way == ARM_POLL_RESOURCE)
        return look(deployment, node);
    arm_ask(deployment->arm, &deployment->who, "GET", node->url, NULL, NULL, &reply);
    if (reply.status >= 400) {
        step = retries(node, &reply, &delay_ms)
                   ? again(delay_ms)
                   : fail(deployment, node, reply.status, arm_reply_error(&reply));
    } else if (node->way == ARM_POLL_STATUS) {
        step = poll_status(deployment, node, &reply);
    } else if (reply.status == 202) {
        step = again(retry_after(&reply, DELAY_MS));
    } else {
        node->way = ARM_POLL_RESOURCE;
        node->attempts = 0;
        step = look(deployment, node);
    }
    arm_reply_release(&reply);
    return step;
}

/* ---- the first request ---- */

static void follow(struct arm_node *node, enum arm_poll_way way, const char *url)
{
    node->way = way;
    node->attempts = 0;
    free(node->url);
    node->url = url ? base_strdup(url) : NULL;
}

/* How an accepted write goes on (facts of ARM, 1.7). */
static struct arm_step_result accepted(struct arm_deployment *deployment, struct arm_node *node,
                                       struct arm_reply *reply)
{
    const char *status_url = base_headers_get(&reply->headers, "Azure-AsyncOperation"),
               *location = base_headers_get(&reply->headers, "Location"),
               *state = base_json_text(reply->body, "properties.provisioningState");
    cJSON *result;

    if (status_url) {
        follow(node, ARM_POLL_STATUS, status_url);
    } else if (location && reply->status == 202) {
        follow(node, ARM_POLL_LOCATION, location);
    } else if (node->kind != ARM_NODE_DELETE && (reply->status == 202 || !is_terminal(state))) {
        follow(node, ARM_POLL_RESOURCE, NULL);
    } else if (node->kind == ARM_NODE_DELETE) {
        return done(deployment, node, reply->status, NULL);
    } else if (state && !base_equal_nocase(state, "Succeeded")) {
        return fail_terminal(deployment, node, state,
                             base_json_copy(base_json_at(reply->body, "properties.error")));
    } else {
        result = reply->body;
        reply->body = NULL;
        return done(deployment, node, reply->status, result);
    }
    arm_operation_update(deployment, node, "Running", reply->status, NULL);
    return again(retry_after(reply, DELAY_MS));
}

static struct arm_step_result answered(struct arm_deployment *deployment, struct arm_node *node,
                                       struct arm_reply *reply)
{
    int64_t delay_ms;

    if (reply->status < 300 && reply->status >= 200)
        return accepted(deployment, node, reply);
    if (node->kind == ARM_NODE_DELETE && reply->status == 404)
        return done(deployment, node, reply->status, NULL);
    if (retries(node, reply, &delay_ms))
        return again(delay_ms);
    return fail(deployment, node, reply->status, arm_reply_error(reply));
}

static cJSON *error_of(const struct base_error *err, const char *target)
{
    cJSON *error = cJSON_CreateObject();

    base_json_set_text(error, "code", *err->code ? err->code : "InvalidTemplate");
    base_json_set_text(error, "message", err->message);
    base_json_set_text(error, "target", *err->target && *err->target == '/' ? err->target : target);
    return error;
}

/* Outside of the template: what a rollback puts, as it was put before. */
static cJSON *rollback_body(struct arm_deployment *deployment, const struct arm_node *node,
                            struct base_error *err)
{
    cJSON *record = arm_record_get(deployment->arm, node->id);
    cJSON *body = base_json_copy(base_json_at(record, "kept.request"));

    cJSON_Delete(record);
    if (!body)
        base_error_set(err, BASE_NOT_FOUND, "DeploymentNotFound",
                       "The deployment '%s' that onErrorDeployment names could not be found.",
                       node->name);
    else
        cJSON_DeleteItemFromObject(base_json_at(body, "properties"), "onErrorDeployment");
    if (body)
        base_ignore(arm_secure_restore(deployment->arm, node->id, body, err));
    return body;
}

static struct arm_step_result send(struct arm_deployment *deployment, struct arm_node *node)
{
    struct arm_reference_context context = {deployment, node, false};
    struct arm_deployer who = deployment->who;
    struct base_error err = {0};
    struct arm_reply reply;
    struct arm_step_result step;
    cJSON *body = NULL;

    if (node->kind == ARM_NODE_PUT)
        body = arm_node_body(deployment, node, &arm_reference_host, &context, &err);
    else if (node->kind == ARM_NODE_ROLLBACK)
        body = rollback_body(deployment, node, &err);
    if (err.status != BASE_OK) {
        cJSON_Delete(body);
        return fail(deployment, node, err.http_status ? err.http_status : 400,
                    error_of(&err, node->id));
    }
    if (arm_node_nested(node) && node->kind == ARM_NODE_PUT)
        who.level++;
    arm_ask(deployment->arm, &who, node->kind == ARM_NODE_DELETE ? "DELETE" : "PUT", node->id,
            node->api_version, body, &reply);
    step = answered(deployment, node, &reply);
    arm_reply_release(&reply);
    cJSON_Delete(body);
    return step;
}

struct arm_step_result arm_node_step(struct arm_deployment *deployment, struct arm_node *node)
{
    if (node->way != ARM_POLL_NONE)
        return poll(deployment, node);
    if (!*node->operation)
        arm_operation_begin(deployment, node);
    return send(deployment, node);
}
