/* Decides whether the body of a write is acceptable to ARM, before any provider sees it. */
#include "simulators/arm/checks.h"
#include "simulators/arm/index.h"
#include "simulators/arm/regions.h"

#include <stdio.h>
#include <string.h>

#define TAGS_MAX 50
#define TAG_KEY_MAX 512
#define TAG_VALUE_MAX 256

static bool read_object(struct arm_call *call)
{
    struct base_error err = {0};
    cJSON *body = base_http_request_json(call->request, &err);

    call->body = body;
    if (err.status == BASE_OK && (!body || cJSON_IsObject(body)))
        return true;
    call->body = NULL;
    if (err.status == BASE_OK)
        snprintf(err.message, sizeof err.message, "expected a JSON object");
    cJSON_Delete(body);
    return arm_refuse(call->response, ARM_INVALID_CONTENT, NULL,
                      "The request content was invalid and could not be deserialized: '%s'.",
                      err.message);
}

static bool tag_name_plain(const char *key)
{
    for (; *key; key++)
        if (strchr("<>%&\\?/", *key) || (unsigned char)*key < 0x20 || *key == 0x7f)
            return false;
    return true;
}

static bool check_tag(struct arm_call *call, const cJSON *tags, const cJSON *tag)
{
    const char *key = tag->string;
    const cJSON *other;

    if (!*key || strlen(key) > TAG_KEY_MAX || !tag_name_plain(key))
        return arm_refuse(call->response, ARM_INVALID_TAG_NAME, "tags",
                          "The tag name '%.80s' is invalid: it has 1 to %d characters and none of "
                          "'<,>,%%,&,\\,?,/' and control characters.",
                          key, TAG_KEY_MAX);
    if (!cJSON_IsString(tag) || strlen(tag->valuestring) > TAG_VALUE_MAX)
        return arm_refuse(
            call->response, ARM_INVALID_TAGS, "tags",
            "The value of tag '%.80s' is invalid: expected a text of at most %d characters.", key,
            TAG_VALUE_MAX);
    for (other = tags->child; other != tag; other = other->next)
        if (base_equal_nocase(other->string, key))
            return arm_refuse(
                call->response, ARM_INVALID_TAGS, "tags",
                "The tags hold the name '%.80s' more than once; names are compared without case.",
                key);
    return true;
}

bool arm_check_tags(struct arm_call *call, const cJSON *tags)
{
    const cJSON *tag;

    if (!tags || cJSON_IsNull(tags))
        return true;
    if (!cJSON_IsObject(tags) || cJSON_GetArraySize(tags) > TAGS_MAX)
        return arm_refuse(call->response, ARM_INVALID_TAGS, "tags",
                          "The tags are invalid: expected an object of at most %d texts.",
                          TAGS_MAX);
    cJSON_ArrayForEach(tag, tags)
    {
        if (!check_tag(call, tags, tag))
            return false;
    }
    return true;
}

static bool location_fixed(struct arm_call *call, const struct arm_region *region,
                           const char *asked)
{
    cJSON *known = arm_resource_known(call->arm, call->resource);
    const char *stored = base_json_text(known, "location");
    bool same = !stored || arm_region_find(stored) == region;

    if (!same)
        arm_refuse(
            call->response, ARM_LOCATION_FIXED, NULL,
            "The resource '%s' already exists in location '%s' in resource group '%s'. A resource "
            "with the "
            "same name cannot be created in location '%s'. Please select a new resource name.",
            arm_target_name(&call->target), stored, call->target.group ? call->target.group : "",
            asked);
    cJSON_Delete(known);
    return same;
}

static bool check_location(struct arm_call *call)
{
    const cJSON *location = cJSON_GetObjectItem(call->body, "location");
    const char *text = cJSON_GetStringValue(location);
    const struct arm_region *region = arm_region_find(text);
    bool put = base_equal(call->request->method, "PUT");
    struct base_buf list = {0};

    if (!put && !location)
        return true;
    if (!text || !*text)
        return arm_refuse(call->response, ARM_LOCATION_REQUIRED, NULL,
                          "The location property is required for this definition.");
    if (region)
        return location_fixed(call, region, text);
    arm_region_enumerate(&list);
    arm_refuse(call->response, ARM_LOCATION_NOT_AVAILABLE, NULL,
               "The provided location '%s' is not available for resource type '%s'. List of "
               "available regions for "
               "the resource type is '%s'.",
               text, call->type.name, list.data);
    base_buf_release(&list);
    return false;
}

/* "ws1/ic1": the names of the path, as templates write them. */
static const char *joined_name(struct arm_call *call)
{
    const struct arm_target *target = &call->target;
    const char *name = target->depth ? target->names[0] : "";

    for (size_t i = 1; i < target->depth; i++)
        name = base_arena_printf(call->arena, "%s/%s", name, target->names[i]);
    return name;
}

/* Names come from the URL; a body may repeat them (facts of ARM, 1.1). Providers outside judge for themselves. */
static bool check_names(struct arm_call *call)
{
    const struct arm_target *target = &call->target;
    const struct {
        const char *member, *values[3];
    } rows[] = {
        {"id", {target->id, call->resource}},
        {"name", {arm_target_name(target), joined_name(call)}},
        {"type", {target->type, call->type.name}},
    };

    if (call->type.home != ARM_HOME_KIT || !target->type || target->collection)
        return true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *said = base_json_text(call->body, rows[i].member);
        if (said && *said && !base_equal_nocase(said, rows[i].values[0]) &&
            !base_equal_nocase(said, rows[i].values[1]))
            return arm_refuse(call->response, ARM_INVALID_CONTENT, rows[i].member,
                              "The request content was invalid: its %s is '%.300s', the request's "
                              "URL says '%.300s'.",
                              rows[i].member, said, rows[i].values[0]);
    }
    return true;
}

bool arm_check_body(struct arm_call *call)
{
    const char *method = call->request->method;

    if (call->route->flags & ARM_ROUTE_BODY)
        return true;
    if (base_equal(method, "POST")) { /* an action's content is its provider's business */
        call->body = base_http_request_json(call->request, NULL);
        return true;
    }
    if (!base_equal(method, "PUT") && !base_equal(method, "PATCH"))
        return true;
    if (!read_object(call) || !check_names(call))
        return false;
    if (!call->type.tracked)
        return true;
    return check_location(call) && arm_check_tags(call, cJSON_GetObjectItem(call->body, "tags"));
}

bool arm_check_parent(struct arm_call *call)
{
    if (!call->type.tracked || call->target.depth < 2 || !base_equal(call->request->method, "PUT"))
        return true;
    char *id = base_arena_strdup(call->arena, call->resource);
    for (int i = 0; i < 2; i++)
        *strrchr(id, '/') = '\0';
    cJSON *parent = arm_resource_known(call->arm, id);
    cJSON_Delete(parent);
    if (parent)
        return true;
    return arm_refuse(
        call->response, ARM_PARENT_NOT_FOUND, NULL,
        "Can not perform requested operation on nested resource. Parent resource '%s' not found.",
        strrchr(id, '/') + 1);
}
