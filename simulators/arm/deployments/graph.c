/* Decides in which order a template's resources are made, and that there is such an order. */
#include "simulators/arm/deployments/deployment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "symbol[3]" */
static bool names_turn(const struct arm_node *node, const char *what)
{
    size_t len = node->symbol ? strlen(node->symbol) : 0;
    char turn[32];

    if (!len || !node->loop || !base_starts_nocase(what, node->symbol))
        return false;
    snprintf(turn, sizeof turn, "[%lld]", (long long)node->loops->index);
    return base_equal(what + len, turn);
}

static bool names(const struct arm_node *node, const char *what)
{
    size_t len = strlen(what), id = strlen(node->id);

    if (base_equal_nocase(node->symbol, what) || base_equal_nocase(node->name, what) ||
        names_turn(node, what))
        return true;
    /* "Microsoft.X/a/b": an id without its scope */
    return id > len && node->id[id - len - 1] == '/' && strchr(what, '.') && strchr(what, '/') &&
           base_equal_nocase(node->id + id - len, what);
}

struct arm_node *arm_nodes_find(const struct arm_deployment *deployment, const char *what)
{
    struct arm_node *found = NULL;
    struct base_arena arena;
    const char *key = NULL;

    base_arena_init(&arena);
    if (*what == '/')
        key = arm_nodes_key(deployment->arm, &arena, what);
    for (size_t i = 0; i < deployment->node_count; i++) {
        struct arm_node *node = &deployment->nodes[i];
        if (!node->source || !(key ? base_equal(node->key, key) : names(node, what)))
            continue;
        if (found && found->condition && node->condition) { /* ambiguous */
            found = NULL;
            break;
        }
        if (!found || node->condition)
            found = node;
    }
    base_arena_release(&arena);
    return found;
}

void arm_nodes_depend(struct arm_deployment *deployment, struct arm_node *node, size_t on)
{
    (void)deployment;
    for (size_t i = 0; i < node->depends_count; i++)
        if (node->depends[i] == on)
            return;
    node->depends = base_realloc(node->depends, (node->depends_count + 1) * sizeof *node->depends);
    node->depends[node->depends_count++] = on;
}

/* ---- dependsOn ---- */

static enum base_status fail(struct base_error *err, const char *path, const char *fmt,
                             const char *what)
{
    base_error_set(err, BASE_INVALID, "InvalidTemplate", fmt, what);
    base_error_target(err, "%s", path);
    return BASE_INVALID;
}

/* All turns of a loop; false when there is no loop of that name. */
static bool depend_on_loop(struct arm_deployment *deployment, struct arm_node *node,
                           const char *name)
{
    bool found = false;

    for (size_t i = 0; i < deployment->node_count; i++)
        if (base_equal_nocase(deployment->nodes[i].loop, name)) {
            arm_nodes_depend(deployment, node, i);
            found = true;
        }
    return found;
}

/* A loop without a turn leaves no resource behind. */
static bool empty_loop(const cJSON *resources, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, resources)
    {
        const cJSON *copy = arm_template_member(item, "copy");
        if (base_equal_nocase(cJSON_GetStringValue(arm_template_member(copy, "name")), name) ||
            (copy && base_equal_nocase(item->string, name)) ||
            empty_loop(arm_template_member(item, "resources"), name))
            return true;
    }
    return false;
}

static bool depend_on_symbol_loop(struct arm_deployment *deployment, struct arm_node *node,
                                  const char *symbol)
{
    bool found = false;

    for (size_t i = 0; deployment->symbolic && i < deployment->node_count; i++)
        if (deployment->nodes[i].loop && base_equal_nocase(deployment->nodes[i].symbol, symbol)) {
            arm_nodes_depend(deployment, node, i);
            found = true;
        }
    return found;
}

static enum base_status depend_on(struct arm_deployment *deployment, struct arm_node *node,
                                  const char *what, struct base_error *err)
{
    const struct arm_node *target;

    if (depend_on_symbol_loop(deployment, node, what))
        return BASE_OK;
    target = arm_nodes_find(deployment, what);
    if (target) {
        arm_nodes_depend(deployment, node, (size_t)(target - deployment->nodes));
        return BASE_OK;
    }
    if (depend_on_loop(deployment, node, what) ||
        empty_loop(arm_template_member(deployment->template, "resources"), what))
        return BASE_OK;
    return fail(err, node->path,
                "The resource '%s' is not defined in the template. Please see "
                "https://aka.ms/arm-syntax for usage details.",
                what);
}

static enum base_status connect_explicit(struct arm_deployment *deployment, struct arm_node *node,
                                         struct base_error *err)
{
    struct arm_template_scope scope = arm_deployment_scope(deployment, node, ARM_AT_HEADER);
    const cJSON *source = arm_template_member(node->source, "dependsOn"), *item;
    enum base_status status = BASE_OK;

    if (!source || cJSON_IsNull(source))
        return BASE_OK;
    scope.path = base_arena_printf(&deployment->arena, "%s.dependsOn", node->path);
    cJSON *list = arm_template_evaluate(&scope, source, err);
    if (!list)
        return BASE_INVALID;
    if (!cJSON_IsArray(list))
        status = fail(err, scope.path, "%s must be an array of texts", "dependsOn");
    cJSON_ArrayForEach(item, list)
    {
        if (status != BASE_OK)
            break;
        status = cJSON_IsString(item)
                     ? depend_on(deployment, node, item->valuestring, err)
                     : fail(err, scope.path, "%s must be an array of texts", "dependsOn");
    }
    cJSON_Delete(list);
    return status;
}

/* ---- reference() and list*() ---- */

struct search {
    struct arm_deployment *deployment;
    struct arm_node *node;
};

static void found_reference(void *context, const struct arm_template_reference *call)
{
    struct search *search = context;
    const struct arm_node *target = arm_nodes_find(search->deployment, call->id);

    if (target)
        arm_nodes_depend(search->deployment, search->node,
                         (size_t)(target - search->deployment->nodes));
    else if (base_equal_nocase(call->function, "references"))
        base_ignore(depend_on_symbol_loop(search->deployment, search->node, call->id));
}

static void connect_implicit(struct arm_deployment *deployment, struct arm_node *node)
{
    struct arm_template_scope scope = arm_deployment_scope(deployment, node, ARM_AT_BODY);
    struct search search = {deployment, node};
    const cJSON *member, *inner;

    scope.copies = true;
    cJSON_ArrayForEach(member, node->source)
    {
        if (arm_node_member_ours(node, member->string))
            continue;
        if (!arm_node_inner(node) || !base_equal_nocase(member->string, "properties")) {
            arm_template_references(&scope, member, found_reference, &search);
            continue;
        }
        cJSON_ArrayForEach(inner, member)
        {
            if (!base_equal_nocase(inner->string, "template"))
                arm_template_references(&scope, inner, found_reference, &search);
        }
    }
}

/* Of a serial loop, a batch waits for the one before. */
static void connect_serial(struct arm_deployment *deployment, struct arm_node *node)
{
    int64_t batch = node->batch ? node->loops->index / node->batch : 0;

    for (size_t i = 0; batch && i < deployment->node_count; i++) {
        const struct arm_node *other = &deployment->nodes[i];
        if (other->source == node->source && other->loops->next == node->loops->next &&
            other->loops->index / node->batch == batch - 1)
            arm_nodes_depend(deployment, node, i);
    }
}

/* ---- cycles ---- */

enum colour { WHITE, GREY, BLACK };

static const struct arm_node *find_cycle(const struct arm_deployment *deployment, size_t at,
                                         unsigned char *colours)
{
    const struct arm_node *node = &deployment->nodes[at], *cycle = NULL;

    if (colours[at] == GREY)
        return node;
    if (colours[at] == BLACK)
        return NULL;
    colours[at] = GREY;
    for (size_t i = 0; i < node->depends_count && !cycle; i++)
        cycle = find_cycle(deployment, node->depends[i], colours);
    colours[at] = BLACK;
    return cycle;
}

static enum base_status check_cycles(const struct arm_deployment *deployment,
                                     struct base_error *err)
{
    unsigned char *colours = base_alloc(deployment->node_count + 1);
    const struct arm_node *cycle = NULL;

    for (size_t i = 0; i < deployment->node_count && !cycle; i++)
        cycle = find_cycle(deployment, i, colours);
    free(colours);
    if (!cycle)
        return BASE_OK;
    return fail(err, cycle->path,
                "Circular dependency detected on resource: '%s'. Please see "
                "https://aka.ms/arm-syntax-resources for usage details.",
                cycle->id);
}

enum base_status arm_nodes_connect(struct arm_deployment *deployment, struct base_error *err)
{
    for (size_t i = 0; i < deployment->node_count; i++) {
        struct arm_node *node = &deployment->nodes[i];
        if (connect_explicit(deployment, node, err) != BASE_OK)
            return BASE_INVALID;
        connect_implicit(deployment, node);
        if (node->batch)
            connect_serial(deployment, node);
    }
    return check_cycles(deployment, err);
}
