/* Decides the ids that the functions of the resourceId family make. */
#include "simulators/arm/template/function.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENTS_MAX 64

struct pieces {
    const char **args;
    int count, type; /* args[type] is the resource type */
};

static bool read_texts(struct arm_fn *fn, struct pieces *out)
{
    out->args = base_alloc((size_t)(fn->count + 1) * sizeof(*out->args));
    out->count = fn->count;
    for (int i = 0; i < fn->count; i++)
        if (!arm_fn_text(fn, i, &out->args[i]))
            return false;
    return true;
}

/* The type is the first argument, from `from`, that holds a slash. */
static bool find_type(struct arm_fn *fn, struct pieces *p, int from, int most)
{
    for (p->type = from; p->type < p->count; p->type++)
        if (strchr(p->args[p->type], '/'))
            break;
    if (p->type == p->count)
        return arm_fn_fail(fn, "no argument is a resource type like "
                               "'Microsoft.Storage/storageAccounts'");
    if (p->type > most)
        return arm_fn_fail(fn,
                           "'%d' arguments stand in front of the resource type '%.100s', at "
                           "most '%d' are allowed",
                           p->type, p->args[p->type], most);
    return true;
}

static int count_slashes(const char *text)
{
    int count = 0;

    for (; *text; text++)
        count += *text == '/';
    return count;
}

/* Names as arguments, one a type segment; or fewer that hold them with slashes ("workspace/connector"). */
static bool split_names(struct arm_fn *fn, struct base_arena *arena, const struct pieces *p,
                        const char *names[SEGMENTS_MAX])
{
    int wanted = count_slashes(p->args[p->type]), given = p->count - p->type - 1, total = 0;

    for (int i = p->type + 1; i < p->count; i++)
        total += 1 + count_slashes(p->args[i]);
    if (wanted > SEGMENTS_MAX || (given != wanted && total != wanted))
        return arm_fn_fail(fn,
                           "the type '%.200s' requires '%d' resource name argument(s), '%d' "
                           "were provided",
                           p->args[p->type], wanted, given);
    for (int i = p->type + 1, at = 0; i < p->count; i++) {
        char *name = base_arena_strdup(arena, p->args[i]), *slash;
        for (; given != wanted && (slash = strchr(name, '/')); name = slash + 1) {
            *slash = '\0';
            names[at++] = name;
        }
        names[at++] = name;
    }
    return true;
}

/* "/providers/Microsoft.X/a/n1/b/n2" */
static bool put_resource(struct arm_fn *fn, const struct pieces *p, struct base_buf *out)
{
    const char *names[SEGMENTS_MAX];
    struct base_arena arena;
    char *type, *next;
    bool good;

    base_arena_init(&arena);
    good = split_names(fn, &arena, p, names);
    if (good) {
        type = base_arena_strdup(&arena, p->args[p->type]);
        next = strchr(type, '/');
        *next++ = '\0';
        base_buf_printf(out, "/providers/%s", type);
        for (int i = 0; next; i++) {
            char *segment = next;
            next = strchr(segment, '/');
            if (next)
                *next++ = '\0';
            base_buf_printf(out, "/%s/%s", segment, names[i]);
        }
    }
    base_arena_release(&arena);
    return good;
}

/* Releases the pieces; gives what was put if that went well. */
static bool done(struct arm_fn *fn, struct pieces *p, bool good, struct base_buf *out)
{
    free(p->args);
    if (good)
        return arm_fn_give_buf(fn, out);
    base_buf_release(out);
    return false;
}

/* ---- which scope ---- */

static bool put_subscription(struct arm_fn *fn, const char *id, struct base_buf *out)
{
    if (!id)
        return arm_fn_fail(fn, "there is no subscription at this deployment's scope: it must be an "
                               "argument");
    if (!base_is_uuid(id))
        return arm_fn_fail(fn, "the provided value '%.100s' is not a valid subscription identifier",
                           id);
    base_buf_printf(out, "/subscriptions/%s", id);
    return true;
}

static bool put_group(const char *name, struct base_buf *out)
{
    if (name)
        base_buf_printf(out, "/resourceGroups/%s", name);
    return true;
}

static bool put_management_group(struct arm_fn *fn, const char *name, struct base_buf *out)
{
    if (!name)
        return arm_fn_fail(fn, "there is no management group at this deployment's scope: it must "
                               "be an argument");
    base_buf_printf(out, "/providers/Microsoft.Management/managementGroups/%s", name);
    return true;
}

/* What stands in front of the type: nothing, the group, the subscription and the group; what is left out is the
 * deployment's. */
static bool put_scope(struct arm_fn *fn, const struct pieces *p, struct base_buf *out)
{
    const struct arm_template_scope *scope = fn->eval->scope;

    if (p->type == 2)
        return put_subscription(fn, p->args[0], out) && put_group(p->args[1], out);
    if (p->type == 1 && scope->level != ARM_LEVEL_GROUP && base_is_uuid(p->args[0]))
        return put_subscription(fn, p->args[0], out);
    if (p->type == 1)
        return put_subscription(fn, scope->subscription_id, out) && put_group(p->args[0], out);
    if (scope->level == ARM_LEVEL_TENANT || scope->level == ARM_LEVEL_MANAGEMENT_GROUP)
        return true;
    return put_subscription(fn, scope->subscription_id, out) &&
           put_group(scope->level == ARM_LEVEL_GROUP ? scope->resource_group : NULL, out);
}

static bool run_resource_id(struct arm_fn *fn)
{
    struct base_buf out = {0};
    struct pieces p;
    bool good = read_texts(fn, &p) && find_type(fn, &p, 0, 2) && put_scope(fn, &p, &out) &&
                put_resource(fn, &p, &out);

    return done(fn, &p, good, &out);
}

static bool run_subscription_resource_id(struct arm_fn *fn)
{
    struct base_buf out = {0};
    struct pieces p;
    bool good = read_texts(fn, &p) && find_type(fn, &p, 0, 1);

    good = good &&
           put_subscription(fn, p.type ? p.args[0] : fn->eval->scope->subscription_id, &out) &&
           put_resource(fn, &p, &out);
    return done(fn, &p, good, &out);
}

static bool run_management_group_resource_id(struct arm_fn *fn)
{
    struct base_buf out = {0};
    struct pieces p;
    bool good = read_texts(fn, &p) && find_type(fn, &p, 0, 1);

    good =
        good &&
        put_management_group(fn, p.type ? p.args[0] : fn->eval->scope->management_group_id, &out) &&
        put_resource(fn, &p, &out);
    return done(fn, &p, good, &out);
}

static bool run_tenant_resource_id(struct arm_fn *fn)
{
    struct base_buf out = {0};
    struct pieces p;
    bool good = read_texts(fn, &p) && find_type(fn, &p, 0, 0) && put_resource(fn, &p, &out);

    return done(fn, &p, good, &out);
}

static bool run_extension_resource_id(struct arm_fn *fn)
{
    struct base_buf out = {0};
    struct pieces p;
    bool good = read_texts(fn, &p) && find_type(fn, &p, 1, 1);

    if (good)
        base_buf_puts(&out, !strcmp(p.args[0], "/") ? "" : p.args[0]);
    good = good && put_resource(fn, &p, &out);
    return done(fn, &p, good, &out);
}

static const struct arm_function rows[] = {
    {"extensionresourceid", 3, -1, run_extension_resource_id, 0, 0},
    {"managementgroupresourceid", 2, -1, run_management_group_resource_id, 0, 0},
    {"resourceid", 2, -1, run_resource_id, 0, 0},
    {"subscriptionresourceid", 2, -1, run_subscription_resource_id, 0, 0},
    {"tenantresourceid", 2, -1, run_tenant_resource_id, 0, 0},
};

const struct arm_function_table arm_functions_resource = {rows, sizeof(rows) / sizeof(rows[0])};
