/* Decides which resources a template makes: loops unrolled, children taken out of their parents, conditions judged. */
#include "simulators/arm/deployments/deployment.h"

#include <stdlib.h>
#include <string.h>

#define SERIAL "Serial"

/* What a resource inherits from where it stands. */
struct level {
    const char *type, *name, *scope; /* of the parent; NULL at the top */
    const struct arm_template_loop *loops;
    const char *path;
};

struct expansion {
    struct arm_deployment *deployment;
    struct base_error *err;
};

/* One resource of the template with what it inherits, and its own loop. */
struct entry {
    const cJSON *source;
    const char *symbol, *path;
    const struct level *level;
    const struct arm_template_loop *loops;
    const char *loop;
    int64_t batch;
};

static bool expand_list(struct expansion *x, const cJSON *resources, const struct level *level);

static bool fail(struct expansion *x, const char *path, const char *fmt, ...) BASE_PRINTF(3, 4);
static bool fail(struct expansion *x, const char *path, const char *fmt, ...)
{
    struct base_buf message = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&message, fmt, args);
    va_end(args);
    base_error_set(x->err, BASE_INVALID, "InvalidTemplate", "%s", message.data);
    base_error_target(x->err, "%s", path);
    base_buf_release(&message);
    return false;
}

struct arm_node *arm_nodes_add(struct arm_deployment *deployment)
{
    if (deployment->node_count == deployment->node_room) {
        size_t room = deployment->node_room ? 2 * deployment->node_room : 16;
        deployment->nodes = base_realloc(deployment->nodes, room * sizeof *deployment->nodes);
        deployment->node_room = room;
    }
    struct arm_node *node = &deployment->nodes[deployment->node_count++];
    memset(node, 0, sizeof *node);
    node->condition = true;
    return node;
}

const char *arm_nodes_key(struct arm *arm, struct base_arena *arena, const char *id)
{
    struct arm_target target;
    struct arm_type type;
    struct base_buf path = {0};
    char *key;

    base_uri_encode(&path, id, "/");
    if (path.data && arm_path_parse(arena, "GET", path.data, &target) && target.type &&
        arm_type_find(arm, arena, target.type, &type)) {
        const char *segment = strchr(type.name, '/');
        const char **parts = base_arena_alloc(arena, target.count * sizeof *parts);
        memcpy(parts, target.parts, target.count * sizeof *parts);
        for (size_t i = 0; i < target.depth && segment; i++) {
            size_t len = strcspn(++segment, "/");
            parts[target.first + 2 * i] = base_arena_strndup(arena, segment, len);
            segment = segment[len] ? segment + len : NULL;
        }
        key = base_arena_strdup(arena, arm_path_join(arena, parts, target.count));
    } else {
        key = base_arena_strdup(arena, id);
    }
    base_buf_release(&path);
    base_lower(key);
    return key;
}

/* ---- members that are known before anything is made ---- */

static cJSON *header(struct expansion *x, const struct entry *entry, const char *member)
{
    struct arm_template_scope scope = arm_deployment_scope(x->deployment, NULL, ARM_AT_HEADER);
    const cJSON *value = arm_template_member(entry->source, member);

    if (!value || cJSON_IsNull(value))
        return NULL;
    scope.loops = entry->loops;
    scope.path = base_arena_printf(&x->deployment->arena, "%s.%s", entry->path, member);
    return arm_template_evaluate(&scope, value, x->err);
}

/* A text in the arena; NULL when absent, or x->err is set. */
static const char *header_text(struct expansion *x, const struct entry *entry, const char *member)
{
    cJSON *value = header(x, entry, member);
    const char *text = base_arena_strdup(&x->deployment->arena, cJSON_GetStringValue(value));

    if (value && !text)
        fail(x, entry->path,
             "The template resource's '%s' property has the value of type '%s': expected type "
             "'String'.",
             member, arm_template_type(value));
    cJSON_Delete(value);
    return text;
}

static bool read_condition(struct expansion *x, const struct entry *entry, bool *out)
{
    cJSON *value = header(x, entry, "condition");
    bool good = x->err->status == BASE_OK;

    *out = !value || cJSON_IsTrue(value) || base_equal_nocase(cJSON_GetStringValue(value), "true");
    if (good && value && !cJSON_IsBool(value) && !*out &&
        !base_equal_nocase(cJSON_GetStringValue(value), "false"))
        good = fail(x, entry->path,
                    "The template resource's 'condition' is not valid: it evaluates to type '%s', "
                    "expected 'Boolean'.",
                    arm_template_type(value));
    cJSON_Delete(value);
    return good;
}

static size_t segments(const char *text)
{
    size_t count = 1;

    for (; *text; text++)
        count += *text == '/';
    return count;
}

/* Children may give their own part of type and name, or all of it. */
static void complete_names(struct expansion *x, const struct level *level, const char **type,
                           const char **name)
{
    struct base_arena *arena = &x->deployment->arena;

    if (!level->type)
        return;
    if (!base_starts_nocase(*type, level->type) || (*type)[strlen(level->type)] != '/')
        *type = base_arena_printf(arena, "%s/%s", level->type, *type);
    if (segments(*name) + 1 < segments(*type))
        *name = base_arena_printf(arena, "%s/%s", level->name, *name);
}

static bool check_segments(struct expansion *x, const struct entry *entry, const char *type,
                           const char *name)
{
    if (segments(type) == segments(name) + 1 && *name)
        return true;
    return fail(
        x, entry->path,
        "The template resource '%s' for type '%s' has incorrect segment lengths. A nested "
        "resource type must have identical number of segments as its resource name. A root "
        "resource type must have segment length one greater than its resource name. Please see "
        "https://aka.ms/arm-syntax-resources for usage details.",
        name, type);
}

/* "Ns/a/b" and "x/y" -> "Ns/a/x/b/y" */
static const char *interleave(struct base_arena *arena, const char *type, const char *name)
{
    struct base_buf buf = {0};
    size_t len = strcspn(type, "/");

    base_buf_append(&buf, type, len);
    for (type += len; *type == '/'; type += len) {
        len = strcspn(++type, "/");
        size_t part = strcspn(name, "/");
        base_buf_printf(&buf, "/%.*s/%.*s", (int)len, type, (int)part, name);
        name += part + (name[part] == '/');
    }
    const char *text = base_arena_strdup(arena, buf.data ? buf.data : "");
    base_buf_release(&buf);
    return text;
}

/* Where the resource lies: the deployment's scope unless it says otherwise. NULL: x->err. */
static const char *scope_of(struct expansion *x, const struct entry *entry, const char *type)
{
    struct arm_deployment *deployment = x->deployment;
    struct base_arena *arena = &deployment->arena;
    const char *scope = header_text(x, entry, "scope"), *group = NULL, *subscription = NULL;

    if (base_equal_nocase(type, ARM_DEPLOYMENT_TYPE)) {
        group = header_text(x, entry, "resourceGroup");
        subscription = header_text(x, entry, "subscriptionId");
    }
    if (x->err->status != BASE_OK)
        return NULL;
    if (scope && *scope == '/')
        return scope[1] ? scope : "";
    if (scope)
        return base_arena_printf(arena, "%s/providers/%s", deployment->scope_id, scope);
    if (group && !subscription && !deployment->subscription) {
        fail(x, entry->path, "A deployment to the resource group '%s' needs a subscriptionId here.",
             group);
        return NULL;
    }
    if (group)
        return base_arena_printf(arena, "/subscriptions/%s/resourceGroups/%s",
                                 subscription ? subscription : deployment->subscription, group);
    if (subscription)
        return base_arena_printf(arena, "/subscriptions/%s", subscription);
    return entry->level->scope ? entry->level->scope : deployment->scope_id;
}

static const char *id_of(struct expansion *x, const char *scope, const char *type, const char *name)
{
    struct base_arena *arena = &x->deployment->arena;

    if (base_equal_nocase(type, "Microsoft.Resources/resourceGroups") &&
        x->deployment->subscription)
        return base_arena_printf(arena, "/subscriptions/%s/resourceGroups/%s",
                                 x->deployment->subscription, name);
    return base_arena_printf(arena, "%s/providers/%s", scope, interleave(arena, type, name));
}

/* ---- one resource ---- */

/* NULL when it cannot be told before references are answered, or is absent. */
static const cJSON *early_location(struct expansion *x, const struct entry *entry)
{
    struct arm_template_scope scope = arm_deployment_scope(x->deployment, NULL, ARM_AT_BODY);
    const cJSON *value = arm_template_member(entry->source, "location");
    struct base_error ignored = {0};

    scope.loops = entry->loops;
    return value ? arm_template_evaluate(&scope, value, &ignored) : NULL;
}

static bool check_duplicate(struct expansion *x, const struct entry *entry,
                            const struct arm_node *node)
{
    for (const struct arm_node *other = x->deployment->nodes; other < node; other++)
        if (other->condition && node->condition && base_equal(other->key, node->key))
            return fail(x, entry->path,
                        "The resource '%s' is defined multiple times in a template. Please see "
                        "https://aka.ms/arm-syntax-resources for usage details.",
                        node->id);
    return true;
}

static bool add_node(struct expansion *x, const struct entry *entry, struct level *below)
{
    struct arm_deployment *deployment = x->deployment;
    const char *type = header_text(x, entry, "type"), *name = header_text(x, entry, "name"),
               *version = header_text(x, entry, "apiVersion"), *scope;
    bool condition = true;

    if (x->err->status != BASE_OK || !read_condition(x, entry, &condition))
        return false;
    if (!type || !name || !version)
        return fail(x, entry->path, "The template resource '%s' is missing its '%s' property.",
                    name ? name : "",
                    !type   ? "type"
                    : !name ? "name"
                            : "apiVersion");
    complete_names(x, entry->level, &type, &name);
    if (!check_segments(x, entry, type, name) || !(scope = scope_of(x, entry, type)))
        return false;
    if (deployment->node_count >= ARM_DEPLOYMENT_RESOURCES)
        return fail(x, "resources",
                    "The number of template resources limit exceeded. Limit: %d. Please see "
                    "https://aka.ms/arm-syntax for usage details.",
                    ARM_DEPLOYMENT_RESOURCES);
    struct arm_node *node = arm_nodes_add(deployment);
    node->type = type;
    node->name = name;
    node->api_version = version;
    node->id = id_of(x, scope, type, name);
    node->key = arm_nodes_key(deployment->arm, &deployment->arena, node->id);
    node->symbol = entry->symbol;
    node->path = entry->path;
    node->source = entry->source;
    node->loops = entry->loops;
    node->loop = entry->loop;
    node->batch = entry->batch;
    node->condition = condition;
    node->kind =
        cJSON_IsTrue(arm_template_member(entry->source, "existing")) ? ARM_NODE_READ : ARM_NODE_PUT;
    node->location = early_location(x, entry);
    *below = (struct level){type, name, scope, entry->loops,
                            base_arena_printf(&deployment->arena, "%s.", entry->path)};
    return check_duplicate(x, entry, node);
}

static bool expand_instance(struct expansion *x, const struct entry *entry)
{
    const cJSON *children = arm_template_member(entry->source, "resources");
    struct level below;

    if (!add_node(x, entry, &below))
        return false;
    return !children || cJSON_IsNull(children) || expand_list(x, children, &below);
}

/* ---- loops ---- */

static bool read_count(struct expansion *x, const struct entry *entry, const cJSON *copy,
                       const char *member, int64_t *out)
{
    struct arm_template_scope scope = arm_deployment_scope(x->deployment, NULL, ARM_AT_HEADER);
    const cJSON *source = arm_template_member(copy, member);

    if (!source)
        return true;
    scope.loops = entry->loops;
    scope.path = base_arena_printf(&x->deployment->arena, "%s.copy.%s", entry->path, member);
    cJSON *value = arm_template_evaluate(&scope, source, x->err);
    bool good =
        value && arm_template_int(value, out) && *out >= 0 && *out <= ARM_DEPLOYMENT_RESOURCES;
    if (value && !good)
        fail(x, scope.path,
             "The copy %s of the template resource is not valid: expected a whole number from 0 to "
             "%d.",
             member, ARM_DEPLOYMENT_RESOURCES);
    cJSON_Delete(value);
    return good;
}

static bool expand_copies(struct expansion *x, struct entry entry, const cJSON *copy)
{
    struct base_arena *arena = &x->deployment->arena;
    const char *name = cJSON_GetStringValue(arm_template_member(copy, "name")),
               *mode = cJSON_GetStringValue(arm_template_member(copy, "mode"));
    bool serial = base_equal_nocase(mode, SERIAL);
    int64_t count = -1, batch = 1;

    if (!name || !*name || !arm_template_member(copy, "count"))
        return fail(x, entry.path, "The copy of a template resource needs a name and a count.");
    if (mode && !serial && !base_equal_nocase(mode, "Parallel"))
        return fail(x, entry.path,
                    "The copy mode '%s' is not valid: expected 'Parallel' or 'Serial'.", mode);
    if (!read_count(x, &entry, copy, "count", &count) ||
        !read_count(x, &entry, copy, "batchSize", &batch))
        return false;
    if (serial && batch < 1)
        return fail(x, entry.path, "The copy batchSize must be at least 1.");
    const struct arm_template_loop *outer = entry.loops;
    entry.loop = name;
    entry.batch = serial ? batch : 0;
    for (int64_t i = 0; i < count; i++) {
        struct arm_template_loop *loop = base_arena_alloc(arena, sizeof *loop);
        *loop = (struct arm_template_loop){name, i, true, outer};
        entry.loops = loop;
        if (!expand_instance(x, &entry))
            return false;
    }
    return true;
}

static bool expand_list(struct expansion *x, const cJSON *resources, const struct level *level)
{
    struct base_arena *arena = &x->deployment->arena;
    const cJSON *item;
    size_t index = 0;

    if (!cJSON_IsArray(resources) && !cJSON_IsObject(resources))
        return fail(x, "resources", "The template's 'resources' must be an array or an object");
    cJSON_ArrayForEach(item, resources)
    {
        struct entry entry = {.source = item, .level = level, .loops = level->loops};
        entry.symbol = cJSON_IsObject(resources) ? item->string : NULL;
        entry.path = entry.symbol
                         ? base_arena_printf(arena, "%sresources.%s", level->path, entry.symbol)
                         : base_arena_printf(arena, "%sresources[%zu]", level->path, index++);
        if (!cJSON_IsObject(item))
            return fail(x, entry.path, "A template resource must be an object");
        const cJSON *copy = arm_template_member(item, "copy");
        if (copy && !cJSON_IsNull(copy) ? !expand_copies(x, entry, copy)
                                        : !expand_instance(x, &entry))
            return false;
    }
    return true;
}

enum base_status arm_nodes_expand(struct arm_deployment *deployment, struct base_error *err)
{
    struct expansion x = {deployment, err};
    const struct level top = {.path = ""};
    const cJSON *resources = arm_template_member(deployment->template, "resources");

    deployment->symbolic = cJSON_IsObject(resources);
    if (!resources) {
        fail(&x, "resources", "Required property 'resources' not found in JSON.");
        return BASE_INVALID;
    }
    return expand_list(&x, resources, &top) ? BASE_OK : BASE_INVALID;
}
