/* Decides what a JSON Patch (RFC 6902) makes of a resource; every fault of a patch is a 400. */
#include "simulators/fhir/call.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct place {            /* where a pointer points */
    cJSON *parent, *item; /* item NULL: nothing is there yet */
    const char *name;     /* the last part */
};

struct patching {
    struct fhir_call *call;
    cJSON *root;
};

static bool run_operation(struct patching *patching, const cJSON *operation);

static bool fault(struct patching *patching, const char *path, const char *why)
{
    fhir_refuse(patching->call, FHIR_BAD_REQUEST, "The patch cannot be applied at '%s': %s.",
                path ? path : "", why);
    return false;
}

/* ---- pointers ---- */

static char *unescape(struct base_arena *arena, const char *part, size_t len)
{
    char *text = base_arena_strndup(arena, part, len), *out = text;

    for (const char *at = text; *at; at++) {
        bool escaped = *at == '~' && (at[1] == '0' || at[1] == '1');
        *out++ = escaped ? (at[1] == '0' ? '~' : '/') : *at;
        at += escaped;
    }
    *out = '\0';
    return text;
}

static cJSON *step(cJSON *node, const char *name)
{
    if (cJSON_IsArray(node) && *name && !name[strspn(name, "0123456789")] && strlen(name) < 9)
        return cJSON_GetArrayItem(node, atoi(name));
    return fhir_json_get(node, name);
}

static bool find_place(struct patching *patching, const char *path, struct place *out)
{
    cJSON *node = patching->root;

    *out = (struct place){0};
    if (!path || *path != '/')
        return fault(patching, path, "the path must begin with '/'");
    while (*path == '/') {
        size_t len = strcspn(path + 1, "/");
        if (!node || (!cJSON_IsObject(node) && !cJSON_IsArray(node)))
            return fault(patching, path, "nothing is there");
        out->parent = node;
        out->name = unescape(patching->call->arena, path + 1, len);
        out->item = node = step(node, out->name);
        path += len + 1;
    }
    return true;
}

/* ---- operations ---- */

static bool add_at(struct patching *patching, const char *path, cJSON *value)
{
    struct place place;

    if (!find_place(patching, path, &place))
        return false;
    if (cJSON_IsObject(place.parent)) {
        fhir_json_put(place.parent, place.name, value);
        return true;
    }
    char *end;
    long index = strtol(place.name, &end, 10);
    bool last = !strcmp(place.name, "-");
    if (!last &&
        (*end || end == place.name || index < 0 || index > cJSON_GetArraySize(place.parent)))
        return fault(patching, path, "the array has no such place");
    fhir_json_insert(place.parent, last ? NULL : place.item, NULL, value);
    return true;
}

/* Emptied arrays and objects go as well: FHIR has none. */
static bool remove_at(struct patching *patching, const char *path, cJSON **removed)
{
    struct place place;

    if (!find_place(patching, path, &place))
        return false;
    if (!place.item)
        return fault(patching, path, "nothing is there");
    fhir_json_unlink(place.parent, place.item);
    *removed = place.item;
    return true;
}

static bool op_add(struct patching *patching, const cJSON *operation)
{
    const cJSON *value = fhir_json_get(operation, "value");

    return value ? add_at(patching, fhir_json_get_text(operation, "path"),
                          fhir_json_copy(patching->call->arena, value))
                 : fault(patching, NULL, "the operation has no value");
}

static bool op_remove(struct patching *patching, const cJSON *operation)
{
    cJSON *removed;

    return remove_at(patching, fhir_json_get_text(operation, "path"), &removed);
}

static bool op_replace(struct patching *patching, const cJSON *operation)
{
    const cJSON *value = fhir_json_get(operation, "value");
    const char *path = fhir_json_get_text(operation, "path");
    struct place place;

    if (!value || !find_place(patching, path, &place))
        return patching->call->answer.status ? false
                                             : fault(patching, path, "the operation has no value");
    if (!place.item)
        return fault(patching, path, "nothing is there");
    fhir_json_replace(place.parent, place.item, fhir_json_copy(patching->call->arena, value));
    return true;
}

static bool op_move(struct patching *patching, const cJSON *operation)
{
    const char *from = fhir_json_get_text(operation, "from");
    const char *path = fhir_json_get_text(operation, "path");
    size_t len = from ? strlen(from) : 0;
    cJSON *item;

    if (from && path && !strncmp(from, path, len) && path[len] == '/')
        return fault(patching, path, "a value cannot be moved into itself");
    if (!remove_at(patching, from, &item))
        return false;
    item->string = NULL;
    return add_at(patching, path, item);
}

static bool op_copy(struct patching *patching, const cJSON *operation)
{
    const char *from = fhir_json_get_text(operation, "from");
    struct place place;

    if (!find_place(patching, from, &place))
        return false;
    return place.item ? add_at(patching, fhir_json_get_text(operation, "path"),
                               fhir_json_copy(patching->call->arena, place.item))
                      : fault(patching, from, "nothing is there");
}

static bool op_test(struct patching *patching, const cJSON *operation)
{
    const cJSON *value = fhir_json_get(operation, "value");
    const char *path = fhir_json_get_text(operation, "path");
    struct place place;

    if (!find_place(patching, path, &place))
        return false;
    return (value && place.item && fhir_json_equal(value, place.item)) ||
           fault(patching, path, "the test does not hold");
}

static const struct {
    const char *name;
    bool (*run)(struct patching *patching, const cJSON *operation);
} operations[] = {
    {"add", op_add},   {"remove", op_remove}, {"replace", op_replace},
    {"move", op_move}, {"copy", op_copy},     {"test", op_test},
};

static bool run_operation(struct patching *patching, const cJSON *operation)
{
    const char *name = fhir_json_get_text(operation, "op");

    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (base_equal(operations[i].name, name))
            return operations[i].run(patching, operation);
    return fault(patching, fhir_json_get_text(operation, "path"),
                 "the operation is none of add, remove, replace, move, copy, test");
}

/* ---- the interaction ---- */

static bool apply(struct patching *patching, const cJSON *list)
{
    const cJSON *operation;

    if (!cJSON_IsArray(list) || !list->child)
        return fault(patching, NULL, "expected an array of operations");
    cJSON_ArrayForEach(operation, list)
    {
        if (!run_operation(patching, operation))
            return false;
    }
    return true;
}

static bool same_text(const cJSON *a, const cJSON *b, const char *name)
{
    return base_equal(fhir_json_get_text(a, name), fhir_json_get_text(b, name));
}

/* Id, version and time belong to the server. */
static bool untouched(struct patching *patching, const cJSON *old)
{
    const cJSON *was = fhir_json_get(old, "meta"), *is = fhir_json_get(patching->root, "meta");

    if (same_text(old, patching->root, "id") && same_text(was, is, "versionId") &&
        same_text(was, is, "lastUpdated"))
        return true;
    return fault(patching, "/id", "id, meta.versionId and meta.lastUpdated cannot be changed");
}

static bool find_current(struct fhir_call *call, const char *id, struct fhir_version *out)
{
    struct base_error err = {0};
    enum base_status status = fhir_store_find(call->fhir, call->arena, call->kind, id, out, &err);

    if (status == BASE_NOT_FOUND)
        fhir_refuse(call, FHIR_ABSENT, "Resource type '%s' with id '%s' couldn't be found.",
                    fhir_type_name(call->type), id);
    else if (status != BASE_OK)
        fhir_refuse_store(call, &err);
    else if (out->deleted)
        fhir_refuse(call, FHIR_GONE, "Resource type '%s' with id '%s' was deleted.",
                    fhir_type_name(call->type), id);
    return status == BASE_OK && !out->deleted;
}

void fhir_patch_id(struct fhir_call *call, const char *id)
{
    static const char *const media[] = {"application/json-patch+json", NULL};
    struct fhir_version current;
    struct fhir_change change = {.id = id, .method = "PATCH"};
    struct patching patching = {.call = call};
    struct base_error err = {0};
    const cJSON *list = fhir_take_json(call, media);

    if (!list || !fhir_if_match(call, &change.if_version) || !find_current(call, id, &current))
        return;
    const cJSON *old = fhir_json_parse(call->arena, current.body, strlen(current.body), &err);
    patching.root = fhir_json_copy(call->arena, old);
    if (!apply(&patching, list) || !untouched(&patching, old) ||
        !fhir_validate(call, patching.root))
        return;
    change.resource = patching.root;
    fhir_write(call, &change);
}

static void patch_one(struct fhir_call *call)
{
    fhir_patch_id(call, call->captures[1]);
}

void fhir_patch(void *context)
{
    fhir_atomic(context, patch_one);
}
