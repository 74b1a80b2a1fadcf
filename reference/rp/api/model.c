/* Decides what all three types have in common: envelope, location, tags, patching, comparing. */
#include "reference/rp/api/json_text.h"
#include "reference/rp/api/model.h"
#include "reference/rp/gen1/model.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAGS_MAX 50
#define TAG_KEY_MAX 512
#define TAG_VALUE_MAX 256

static const char *const NONE[] = {NULL};
static const struct {
    void (*read)(const struct rp_reading *, const cJSON *, cJSON *, struct rp_faults *);
    void (*show)(const cJSON *, const struct rp_version *, cJSON *, cJSON *);
    const char *const *members;        /* of the envelope, as the shipped versions have it */
    const char *const *design_members; /* the seed's version has these besides */
    const char *const *design_patch;   /* members that may be patched */
    const char *const *shipped_patch;
} TYPES[RP_TYPE_COUNT] = {
    [RP_WORKSPACE] = {rp_workspace_read, rp_workspace_show,
                      (const char *const[]){"id", "name", "type", "apiVersion", "location", "tags",
                                            "etag", "systemData", "properties", "dependsOn", NULL},
                      (const char *const[]){"kind", "sku", NULL},
                      (const char *const[]){"tags", "properties", NULL},
                      (const char *const[]){"tags", NULL}},
    [RP_CONNECTOR] = {rp_connector_read, rp_connector_show,
                      (const char *const[]){"id", "name", "type", "apiVersion", "location", "tags",
                                            "etag", "systemData", "properties", "dependsOn",
                                            "identity", NULL},
                      NONE, (const char *const[]){"tags", "identity", "properties", NULL},
                      (const char *const[]){"tags", "identity", NULL}},
    [RP_DESTINATION] = {rp_destination_read, rp_destination_show,
                        (const char *const[]){"id", "name", "type", "apiVersion", "location",
                                              "etag", "systemData", "properties", "dependsOn",
                                              NULL},
                        (const char *const[]){"tags", NULL},
                        (const char *const[]){"tags", "properties", NULL}, NONE},
    [RP_MAPPING] = {rp_draft_mapping_read, rp_draft_mapping_show,
                    (const char *const[]){"id", "name", "type", "apiVersion", "location", "etag",
                                          "systemData", "properties", "dependsOn", NULL},
                    (const char *const[]){"tags", NULL},
                    (const char *const[]){"tags", "properties", NULL}, NONE},
    [RP_GEN1_CONNECTOR] = {rp_gen1_connector_read, rp_gen1_connector_show,
                           (const char *const[]){"id", "name", "type", "apiVersion", "location",
                                                 "tags", "etag", "systemData", "properties",
                                                 "dependsOn", NULL},
                           NONE, NONE, (const char *const[]){"tags", NULL}},
    [RP_GEN1_CONNECTION] = {rp_gen1_connection_read, rp_gen1_connection_show,
                            (const char *const[]){"id", "name", "type", "apiVersion", "etag",
                                                  "systemData", "properties", "dependsOn", NULL},
                            NONE, NONE, NONE},
    [RP_GEN1_MAPPING] = {rp_gen1_mapping_read, rp_gen1_mapping_show,
                         (const char *const[]){"id", "name", "type", "apiVersion", "etag",
                                               "systemData", "properties", "dependsOn", NULL},
                         NONE, NONE, NONE},
};

static void check_members(const struct rp_reading *in, struct rp_faults *faults);
static bool has_member(enum rp_type type, const struct rp_version *version, const char *name);
static void check_envelope(const struct rp_reading *in, struct rp_faults *faults);
static void check_state(const struct rp_reading *in, struct rp_faults *faults);
static void check_reason(const struct rp_reading *in, struct rp_faults *faults);
static void read_location(const struct rp_reading *in, cJSON *desired, struct rp_faults *faults);
static void read_tags(const struct rp_reading *in, cJSON *desired, struct rp_faults *faults);
static bool listed(const char *const *names, const char *name);

cJSON *rp_model_read(const struct rp_reading *in, struct rp_faults *faults)
{
    cJSON *desired = cJSON_CreateObject(), *nothing = cJSON_CreateObject();
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(in->body, "properties");

    check_members(in, faults);
    check_envelope(in, faults);
    read_location(in, desired, faults);
    read_tags(in, desired, faults);
    if (properties && !cJSON_IsObject(properties) && !cJSON_IsNull(properties))
        rp_fault(faults, RP_BAD, "properties", "properties: found %s, expected an object",
                 rp_found(properties));
    else
        TYPES[in->type].read(in, cJSON_IsObject(properties) ? properties : nothing, desired,
                             faults);
    check_state(in, faults);
    check_reason(in, faults);
    cJSON_Delete(nothing);
    if (!rp_faults_any(faults))
        return desired;
    cJSON_Delete(desired);
    return NULL;
}

/* Why it is Failed or Canceled: what the last operation, or the last comparison with the world, ended with. */
static const cJSON *reason_of(const struct rp_resource *resource)
{
    const cJSON *drift = base_json_at(resource->metadata, "drift");

    if (strcmp(resource->state, RP_FAILED) && strcmp(resource->state, RP_CANCELED))
        return NULL;
    return drift ? drift : base_json_at(resource->metadata, "failure");
}

static void show_reason(const struct rp_resource *resource, cJSON *properties)
{
    const cJSON *reason = reason_of(resource);

    if (reason)
        base_json_set(properties, "provisioningError", base_json_copy(reason));
}

cJSON *rp_model_show(struct base_arena *arena, const struct rp_resource *resource,
                     const struct rp_version *version)
{
    static const char *const COPIED[] = {"location", "tags", "systemData"};
    cJSON *out = cJSON_CreateObject(), *properties = cJSON_CreateObject();

    base_json_set_text(out, "id", rp_version_id(arena, version, resource->id));
    base_json_set_text(out, "name", rp_resource_name(resource));
    base_json_set_text(out, "type", rp_version_type(version, resource->type));
    for (size_t i = 0; i < sizeof COPIED / sizeof *COPIED; i++) {
        const cJSON *node = cJSON_GetObjectItemCaseSensitive(resource->desired, COPIED[i]);
        if (node && has_member(resource->type, version, COPIED[i]))
            base_json_set(out, COPIED[i], base_json_copy(node));
    }
    base_json_set(out, "etag", base_json_textf("\"%lld\"", (long long)resource->version));
    base_json_set_text(properties, "provisioningState", resource->state);
    if (version->design)
        show_reason(resource, properties);
    TYPES[resource->type].show(resource->desired, version, out, properties);
    base_json_set(out, "properties", properties);
    return out;
}

cJSON *rp_model_patch(struct base_arena *arena, const struct rp_resource *current,
                      const struct rp_version *version, const cJSON *patch,
                      struct rp_faults *faults)
{
    const char *const *allowed =
        version->design ? TYPES[current->type].design_patch : TYPES[current->type].shipped_patch;
    cJSON *shown = rp_model_show(arena, current, version), *merged = NULL;
    const cJSON *child, *tags = cJSON_GetObjectItemCaseSensitive(patch, "tags");

    cJSON_ArrayForEach(child, patch)
    {
        if (listed(allowed, child->string) || /* a region has several spellings: read_location */
            !strcmp(child->string, "location") ||
            base_json_equal(child, cJSON_GetObjectItemCaseSensitive(shown, child->string)))
            continue;
        bool known = has_member(current->type, version, child->string);
        rp_fault(faults, RP_BAD, child->string,
                 known ? "%s: found in a PATCH, but api-version %s cannot patch it on a %s; use PUT"
                       : "%s: unknown member; api-version %s has none of this name on a %s",
                 child->string, version->name, rp_type_word(current->type));
    }
    if (!rp_faults_any(faults)) {
        merged = base_json_merge_patch(shown, patch);
        if (cJSON_IsObject(tags))
            base_json_set(merged, "tags", base_json_copy(tags));
    }
    cJSON_Delete(shown);
    return merged;
}

bool rp_model_same(const cJSON *a, const cJSON *b, bool with_tags)
{
    static const char *const ASIDE[] = {"systemData", "homeTenant"};
    cJSON *left = base_json_copy(a), *right = base_json_copy(b);

    for (size_t i = 0; i < sizeof ASIDE / sizeof *ASIDE; i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(left, ASIDE[i]);
        cJSON_DeleteItemFromObjectCaseSensitive(right, ASIDE[i]);
    }
    if (!with_tags) {
        cJSON_DeleteItemFromObjectCaseSensitive(left, "tags");
        cJSON_DeleteItemFromObjectCaseSensitive(right, "tags");
    }
    bool same = base_json_equal(left, right);
    cJSON_Delete(left);
    cJSON_Delete(right);
    return same;
}

void rp_refuse_unknown(const cJSON *object, const char *where, const char *const *known,
                       struct rp_faults *faults)
{
    const cJSON *child;
    struct base_buf names = {0};

    for (size_t i = 0; known[i]; i++)
        base_buf_printf(&names, "%s%s", i ? ", " : "", known[i]);
    cJSON_ArrayForEach(child, object)
    {
        char target[160];
        if (listed(known, child->string))
            continue;
        snprintf(target, sizeof target, "%s%s%s", where, *where ? "." : "", child->string);
        rp_fault(faults, RP_BAD, target, "%s: unknown member; expected one of %s", target,
                 names.data ? names.data : "nothing");
    }
    base_buf_release(&names);
}

const char *rp_need_text(const cJSON *object, const char *where, const char *name,
                         struct rp_faults *faults)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, name);
    char target[160];

    if (cJSON_IsString(node) && *node->valuestring)
        return node->valuestring;
    snprintf(target, sizeof target, "%s%s%s", where, *where ? "." : "", name);
    rp_fault(faults, RP_BAD, target, "%s: found %s, expected a text that is not empty", target,
             rp_found(node));
    return NULL;
}

const cJSON *rp_need_object(const cJSON *object, const char *where, const char *name,
                            struct rp_faults *faults)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, name);
    char target[160];

    if (cJSON_IsObject(node))
        return node;
    snprintf(target, sizeof target, "%s%s%s", where, *where ? "." : "", name);
    rp_fault(faults, RP_BAD, target, "%s: found %s, expected an object", target, rp_found(node));
    return NULL;
}

const char *rp_found(const cJSON *node)
{
    static _Thread_local char ring[4][96];
    static _Thread_local unsigned next;
    char *out = ring[next++ % 4];
    char *text = node && !cJSON_IsNull(node) ? base_json_print(node) : base_strdup("nothing");

    snprintf(out, sizeof ring[0], strlen(text) > 80 ? "%.77s..." : "%s", text);
    free(text);
    return out;
}

static bool listed(const char *const *names, const char *name)
{
    for (size_t i = 0; names[i]; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

static bool has_member(enum rp_type type, const struct rp_version *version, const char *name)
{
    return listed(TYPES[type].members, name) ||
           (version->design && listed(TYPES[type].design_members, name));
}

static void check_members(const struct rp_reading *in, struct rp_faults *faults)
{
    const char *known[32];
    size_t used = 0;
    const char *const *const lists[] = {
        TYPES[in->type].members, in->version->design ? TYPES[in->type].design_members : NULL};

    for (size_t i = 0; i < 2; i++)
        for (const char *const *at = lists[i]; at && *at; at++)
            known[used++] = *at;
    known[used] = NULL;
    rp_refuse_unknown(in->body, "", known, faults);
}

/* "ws/conn" of the id: templates name nested resources so. */
static void full_name(const char *id, enum rp_type type, char *out, size_t size)
{
    const char *at = strstr(id, "/providers/");
    size_t used = 0;

    at = strchr(at + strlen("/providers/"), '/'); /* past the namespace */
    for (int level = 0; at && level <= rp_type_level(type); level++) {
        at = strchr(at + 1, '/'); /* past the type */
        int len = at ? (int)strcspn(at + 1, "/") : 0;
        if (at)
            used +=
                (size_t)snprintf(out + used, size - used, "%s%.*s", level ? "/" : "", len, at + 1);
        at = at ? strchr(at + 1, '/') : NULL;
    }
}

static void check_same_text(const struct rp_reading *in, const char *member, bool same,
                            const char *expected, struct rp_faults *faults)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(in->body, member);

    if (node && !cJSON_IsNull(node) && !same)
        rp_fault(faults, "InvalidRequestContent", member,
                 "%s: found %s, expected \"%s\" as in the URL, or nothing", member, rp_found(node),
                 expected);
}

/* What is not compared with anything must at least be of its kind. */
static void check_kinds(const struct rp_reading *in, struct rp_faults *faults)
{
    static const struct {
        const char *member, *kind;
        cJSON_bool (*is)(const cJSON *);
    } KINDS[] = {{"etag", "a text", cJSON_IsString},
                 {"systemData", "an object", cJSON_IsObject},
                 {"dependsOn", "an array", cJSON_IsArray}};

    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        const cJSON *node = cJSON_GetObjectItemCaseSensitive(in->body, KINDS[i].member);
        if (node && !cJSON_IsNull(node) && !KINDS[i].is(node))
            rp_fault(faults, RP_BAD, KINDS[i].member, "%s: found %s, expected %s or nothing",
                     KINDS[i].member, rp_found(node), KINDS[i].kind);
    }
}

/* Read-only members may be sent back as they were read; the URL decides. */
static void check_envelope(const struct rp_reading *in, struct rp_faults *faults)
{
    const char *id = base_json_text(in->body, "id"), *name = base_json_text(in->body, "name"),
               *type = base_json_text(in->body, "type"),
               *version = base_json_text(in->body, "apiVersion");
    const char *leaf = strrchr(in->id, '/') + 1;
    char whole[128] = "";
    struct base_arena arena;

    check_kinds(in, faults);
    base_arena_init(&arena);
    full_name(in->id, in->type, whole, sizeof whole);
    const char *shown = rp_version_id(&arena, in->version, in->id);
    check_same_text(in, "id", base_equal_nocase(id, in->id) || base_equal_nocase(id, shown), shown,
                    faults);
    check_same_text(in, "name", base_equal_nocase(name, leaf) || base_equal_nocase(name, whole),
                    leaf, faults);
    check_same_text(in, "type", type && rp_type_spelled(type, in->type),
                    rp_version_type(in->version, in->type), faults);
    check_same_text(in, "apiVersion", base_equal_nocase(version, in->version->name),
                    in->version->name, faults);
    base_arena_release(&arena);
}

static void check_state(const struct rp_reading *in, struct rp_faults *faults)
{
    const cJSON *node = base_json_at(in->body, "properties.provisioningState");

    if (!node || cJSON_IsNull(node) ||
        (in->current && cJSON_IsString(node) &&
         base_equal_nocase(node->valuestring, in->current->state)))
        return;
    rp_fault(faults, RP_BAD, "properties.provisioningState",
             "properties.provisioningState is read-only: found %s, expected %s", rp_found(node),
             in->current ? in->current->state : "nothing");
}

static void check_reason(const struct rp_reading *in, struct rp_faults *faults)
{
    const cJSON *node = base_json_at(in->body, "properties.provisioningError"),
                *reason = in->current && in->version->design ? reason_of(in->current) : NULL;

    if (node && !cJSON_IsNull(node) && !base_json_equal(node, reason))
        rp_fault(faults, RP_BAD, "properties.provisioningError",
                 "properties.provisioningError is read-only: found %s, expected %s", rp_found(node),
                 rp_found(reason));
}

static void check_location_against(const struct rp_reading *in, const struct rp_region *region,
                                   struct rp_faults *faults)
{
    const char *mine = in->current ? base_json_text(in->current->desired, "location") : NULL;
    const char *parents = in->parent ? base_json_text(in->parent->desired, "location") : NULL;

    if (mine && strcmp(mine, region->name))
        rp_fault_status(
            faults, 409, "InvalidResourceLocation", "location",
            "The %s already exists in location \"%s\"; found \"%s\". A location cannot be changed.",
            rp_type_word(in->type), mine, region->name);
    else if (parents && strcmp(parents, region->name))
        rp_fault(faults, RP_BAD, "location",
                 "location: found \"%s\", expected \"%s\", the location of the %s", region->name,
                 parents, rp_type_word(in->parent->type));
}

static void read_location(const struct rp_reading *in, cJSON *desired, struct rp_faults *faults)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(in->body, "location");
    struct base_buf known = {0};

    if ((!node || cJSON_IsNull(node)) &&
        rp_type_level(in->type) == 2) { /* optional there: the parent's */
        base_json_set_text(desired, "location", base_json_text(in->parent->desired, "location"));
        return;
    }
    if (!cJSON_IsString(node) || !*node->valuestring) {
        rp_fault(faults, "LocationRequired", "location", "location: found %s, expected a region",
                 rp_found(node));
        return;
    }
    const struct rp_region *region = rp_config_region(in->config, node->valuestring);
    for (size_t i = 0; i < in->config->region_count; i++)
        base_buf_printf(&known, "%s%s", i ? ", " : "", in->config->regions[i].name);
    if (!region) {
        rp_fault(faults, "LocationNotAvailableForResourceType", "location",
                 "location: found \"%.100s\"; available are: %s", node->valuestring, known.data);
    } else {
        check_location_against(in, region, faults);
        base_json_set_text(desired, "location", region->name);
    }
    base_buf_release(&known);
}

static bool has_control(const char *text)
{
    while (*text && (unsigned char)*text >= ' ' && *text != 0x7f)
        text++;
    return *text != '\0';
}

static void check_tag(const cJSON *tag, struct rp_faults *faults)
{
    char target[160];

    snprintf(target, sizeof target, "tags.%s", tag->string);
    if (!cJSON_IsString(tag))
        rp_fault(faults, RP_BAD, target, "%s: found %s, expected a text", target, rp_found(tag));
    else if (!*tag->string || rp_utf8_length(tag->string) > TAG_KEY_MAX ||
             strpbrk(tag->string, "<>%&\\?/") || has_control(tag->string))
        rp_fault(faults, RP_BAD, target,
                 "%s: a tag's name has 1 to %d characters, none of < > %% & \\ ? / and no control "
                 "character",
                 target, TAG_KEY_MAX);
    else if (rp_utf8_length(tag->valuestring) > TAG_VALUE_MAX)
        rp_fault(faults, RP_BAD, target, "%s: found %zu characters, a tag's value has at most %d",
                 target, rp_utf8_length(tag->valuestring), TAG_VALUE_MAX);
    for (const cJSON *other = tag->next; other; other = other->next)
        if (base_equal_nocase(other->string, tag->string))
            rp_fault(faults, RP_BAD, target, "%s: is there twice; case does not count", target);
}

static void read_tags(const struct rp_reading *in, cJSON *desired, struct rp_faults *faults)
{
    const cJSON *tags = cJSON_GetObjectItemCaseSensitive(in->body, "tags"), *tag;
    const cJSON *had = in->current ? base_json_at(in->current->desired, "tags") : NULL;

    if (had && !has_member(in->type, in->version, "tags")) /* what is not seen is not changed */
        base_json_set(desired, "tags", base_json_copy(had));
    if (!tags || cJSON_IsNull(tags))
        return;
    if (!cJSON_IsObject(tags)) {
        rp_fault(faults, RP_BAD, "tags", "tags: found %s, expected an object of texts",
                 rp_found(tags));
        return;
    }
    if (cJSON_GetArraySize(tags) > TAGS_MAX) {
        rp_fault(faults, RP_BAD, "tags", "tags: found %d, at most %d are possible",
                 cJSON_GetArraySize(tags), TAGS_MAX);
        return;
    }
    cJSON_ArrayForEach(tag, tags) check_tag(tag, faults);
    base_json_set(desired, "tags", base_json_copy(tags));
}
