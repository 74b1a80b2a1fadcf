/* Decides what every ARM provider does with PUT, GET, PATCH, DELETE, lists and actions, before and
 * after its own hooks. */
#include "simulators/kit/resource.h"
#include "simulators/kit/internal.h"
#include "simulators/kit/resource_store.h"

#include <stdlib.h>
#include <string.h>

struct sim_provider {
    sim_world_t *world;
    char *name;
    const struct sim_resource_type *types;
    size_t count;
    void *context;
    pthread_mutex_t lock; /* serialises writes and hooks of this provider */
};

typedef void (*method_handler)(sim_provider_t *provider, struct sim_resource_call *call);

sim_provider_t *sim_provider_add(sim_world_t *world, const char *name,
                                 const struct sim_resource_type *types, size_t count, void *context)
{
    struct sim_resources *store = world->resources;
    sim_provider_t *provider = base_alloc(sizeof *provider);
    pthread_mutexattr_t recursive;

    provider->world = world;
    provider->name = base_strdup(name);
    provider->types = types;
    provider->count = count;
    provider->context = context;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&provider->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    store->providers =
        base_realloc(store->providers, (store->provider_count + 1) * sizeof *store->providers);
    store->providers[store->provider_count++] = provider;
    return provider;
}

void sim_resources_close(struct sim_resources *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->provider_count; i++) {
        pthread_mutex_destroy(&store->providers[i]->lock);
        free(store->providers[i]->name);
        free(store->providers[i]);
    }
    free(store->providers);
    sim_resources_release(store);
    free(store);
}

sim_provider_t *sim_provider_find(sim_world_t *world, const char *name)
{
    for (size_t i = 0; i < world->resources->provider_count; i++)
        if (base_equal_nocase(world->resources->providers[i]->name, name))
            return world->resources->providers[i];
    return NULL;
}

void sim_provider_each(sim_world_t *world, void (*each)(void *context, sim_provider_t *provider),
                       void *context)
{
    for (size_t i = 0; i < world->resources->provider_count; i++)
        each(context, world->resources->providers[i]);
}

const char *sim_provider_name(const sim_provider_t *provider)
{
    return provider->name;
}

const struct sim_resource_type *sim_provider_types(const sim_provider_t *provider, size_t *count)
{
    *count = provider->count;
    return provider->types;
}

const struct sim_resource_type *sim_provider_type(const sim_provider_t *provider, const char *type)
{
    for (size_t i = 0; i < provider->count; i++)
        if (base_equal_nocase(provider->types[i].type, type))
            return &provider->types[i];
    return NULL;
}

void sim_resource_refuse(struct base_http_response *response, int status, const char *code,
                         const char *target, const char *fmt, ...)
{
    struct base_buf message = {0};
    cJSON *body = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(body, "error");
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&message, fmt, args);
    va_end(args);
    base_json_set_text(error, "code", code);
    base_json_set_text(error, "message", message.data);
    base_json_set_text(error, "target", target);
    base_http_answer_json_take(response, status, body);
    base_buf_release(&message);
}

/* ---- PUT and PATCH ---- */

static const char *leaf(const struct sim_resource_call *call)
{
    return call->id.names[call->id.depth - 1];
}

static void copy_member(cJSON *to, const cJSON *from, const char *name)
{
    const cJSON *member = base_json_at_nocase(from, name);
    if (member && !cJSON_IsNull(member))
        base_json_set(to, name, base_json_copy(member));
}

static void add_identity(struct sim_resource_call *call, cJSON *body)
{
    const char *principal = base_headers_get(call->request->headers, "x-ms-identity-principal-id");
    cJSON *identity = base_json_at(body, "identity");

    if (!identity || !principal)
        return;
    base_json_set_text(identity, "principalId", principal);
    base_json_set_text(identity, "tenantId", call->tenant);
}

static cJSON *new_body(struct sim_resource_call *call)
{
    static const char *const members[] = {"location", "tags",      "sku",       "kind",
                                          "identity", "managedBy", "properties"};
    cJSON *body = cJSON_CreateObject();

    base_json_set_text(body, "id", call->path);
    base_json_set_text(body, "name", leaf(call));
    base_json_set_text(body, "type", call->type->type);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        copy_member(body, call->request_body, members[i]);
    if (!cJSON_IsObject(base_json_at(body, "properties")))
        base_json_set(body, "properties", cJSON_CreateObject());
    add_identity(call, body);
    return body;
}

/* The id of the parent: two segments less; NULL for a top-level resource. */
static char *parent_id(const struct sim_resource_call *call)
{
    if (call->id.depth < 2)
        return NULL;
    char *id = base_strdup(call->path);
    for (int i = 0; i < 2; i++)
        *strrchr(id, '/') = '\0';
    return id;
}

static bool parent_is_there(struct sim_resource_call *call)
{
    char *id = parent_id(call);
    cJSON *parent = id ? sim_resource_get(call->world, id) : NULL;
    bool there = !id || parent;

    if (!there && sim_going_refuse(call, id)) {
        free(id);
        return false;
    }

    /* a parent of a type nobody keeps ("blobServices/default") does not have to exist */
    if (!there) {
        char *type = base_strdup(call->type->type);
        *strrchr(type, '/') = '\0';
        sim_provider_t *provider = sim_provider_find(call->world, call->id.provider);
        there = provider && !sim_provider_type(provider, type);
        free(type);
    }
    if (!there)
        sim_resource_refuse(call->response, 404, "ParentResourceNotFound", NULL,
                            "Can not perform requested operation on nested resource. Parent "
                            "resource '%s' not found.",
                            id);
    else if (id && sim_settle_refuse(call, id))
        there = false;
    cJSON_Delete(parent);
    free(id);
    return there;
}

static void make_default(sim_provider_t *provider, struct sim_resource_call *parent,
                         const char *relative)
{
    struct sim_resource_call child = *parent;
    char *type =
        base_asprintf("%s/%.*s", parent->type->type, (int)strcspn(relative, "/"), relative);
    char *path = base_asprintf("%s/%s", parent->path, relative);
    struct base_http_response ignored = {0};

    child.type = sim_provider_type(provider, type);
    BUG_ON(!child.type);
    child.path = path;
    child.response = &ignored;
    child.request_body = NULL;
    child.resource = NULL;
    child.id.names[child.id.depth++] = strchr(path + strlen(parent->path) + 1, '/') + 1;
    cJSON *body = new_body(&child);
    if (!child.type->put || child.type->put(&child, body)) {
        sim_resource_keep(provider->world, body, parent->caller);
        if (child.type->changed)
            child.type->changed(provider->context, body, false);
    }
    cJSON_Delete(body);
    base_http_response_release(&ignored);
    free(path);
    free(type);
}

/* Takes `body` over: runs the hook, stores, tells, answers. */
static void write_resource(sim_provider_t *provider, struct sim_resource_call *call, cJSON *body)
{
    const struct sim_resource_type *type = call->type;
    bool fresh = call->resource == NULL;

    if (!fresh && sim_settle_refuse(call, call->path)) {
        cJSON_Delete(body);
        return;
    }
    if (type->put && !type->put(call, body)) {
        cJSON_Delete(body);
        return;
    }
    sim_resource_keep(provider->world, body, call->caller);
    if (type->changed)
        type->changed(provider->context, body, false);
    for (const char *const *child = type->defaults; fresh && child && *child; child++)
        make_default(provider, call, *child);
    if (fresh && sim_settle_start(call))
        sim_settle_show(provider->world, body);
    if (fresh && type->async_create)
        sim_operation_start(call, "PUT");
    else
        base_http_answer_json(call->response, fresh ? type->created : type->updated, body);
    if (type->async_status)
        sim_operation_name(call, "PUT");
    cJSON_Delete(body);
}

static void put(sim_provider_t *provider, struct sim_resource_call *call)
{
    if (!sim_going_refuse(call, call->path) && parent_is_there(call))
        write_resource(provider, call, new_body(call));
}

static void not_found(struct sim_resource_call *call)
{
    sim_resource_refuse(call->response, 404, "ResourceNotFound", NULL,
                        "The Resource '%s/%s' under resource group '%s' was not found.",
                        call->type->type, leaf(call) ? leaf(call) : "",
                        call->id.group ? call->id.group : "");
}

static void patch(sim_provider_t *provider, struct sim_resource_call *call)
{
    const cJSON *properties = base_json_at_nocase(call->request_body, "properties");

    if (!call->resource) {
        if (!sim_going_refuse(call, call->path))
            not_found(call);
        return;
    }
    cJSON *body = base_json_copy(call->resource);
    copy_member(body, call->request_body, "tags");
    copy_member(body, call->request_body, "sku");
    copy_member(body, call->request_body, "identity");
    add_identity(call, body);
    if (cJSON_IsObject(properties))
        base_json_set(body, "properties",
                      base_json_merge_patch(base_json_at(body, "properties"), properties));
    write_resource(provider, call, body);
}

/* ---- GET, HEAD, lists, actions ---- */

static bool directly_below(const char *id, size_t depth)
{
    size_t slashes = 0;
    const char *at = strcasestr(id, "/providers/");

    for (const char *next = at; next; next = strcasestr(next + 1, "/providers/"))
        at = next;
    for (; at && *at; at++)
        slashes += *at == '/';
    return slashes == 2 + 2 * depth;
}

/* Moves those of `from` that are directly below. Takes it over. */
static void add_going(cJSON *value, cJSON *from, size_t depth)
{
    cJSON *item, *next;

    for (item = from->child; item; item = next) {
        next = item->next;
        if (directly_below(base_json_text(item, "id"), depth))
            cJSON_AddItemToArray(value, cJSON_DetachItemViaPointer(from, item));
    }
    cJSON_Delete(from);
}

static void list(sim_provider_t *provider, struct sim_resource_call *call)
{
    char *scope = base_strdup(call->path);
    cJSON *answer = cJSON_CreateObject(), *value, *item, *next;

    if (call->id.depth > 1) {
        *strrchr(scope, '/') = '\0';
    } else {
        char *at = strcasestr(scope, "/providers/");
        if (at)
            *at = '\0';
    }
    value = sim_resource_list(provider->world, call->type->type, scope);
    for (item = value->child; item; item = next) {
        next = item->next;
        if (!directly_below(base_json_text(item, "id"), call->id.depth))
            cJSON_Delete(cJSON_DetachItemViaPointer(value, item));
        else
            sim_settle_show(provider->world, item);
    }
    add_going(value, sim_resource_going(provider->world, call->type->type, scope), call->id.depth);
    cJSON_AddItemToObject(answer, "value", value);
    base_http_answer_json_take(call->response, 200, answer);
    free(scope);
}

static void show(struct sim_resource_call *call)
{
    cJSON *body = base_json_copy(call->resource);

    sim_settle_show(call->world, body);
    base_http_answer_json_take(call->response, 200, body);
}

static void get(sim_provider_t *provider, struct sim_resource_call *call)
{
    cJSON *going;

    if (call->type->read && call->type->read(call))
        return;
    if (!leaf(call))
        list(provider, call);
    else if (call->resource)
        show(call);
    else if ((going = sim_going_get(provider->world, call->path)))
        base_http_answer_json_take(call->response, 200, going);
    else
        not_found(call);
}

static void head(sim_provider_t *provider, struct sim_resource_call *call)
{
    cJSON *going = call->resource ? NULL : sim_going_get(provider->world, call->path);

    call->response->status = call->resource || going ? 204 : 404;
    cJSON_Delete(going);
}

static bool refuse_going_action(struct sim_resource_call *call)
{
    char *item = base_strdup(call->path), *last = strrchr(item, '/');
    bool refused = leaf(call) && last && (*last = '\0', sim_going_refuse(call, item));

    free(item);
    return refused;
}

static void action(sim_provider_t *provider, struct sim_resource_call *call)
{
    (void)provider;
    if (!call->resource && refuse_going_action(call))
        return;
    if (leaf(call) && !call->resource && !call->type->read)
        not_found(call);
    else if (call->resource && sim_settle_refuse(call, base_json_text(call->resource, "id")))
        return;
    else if (call->type->action)
        call->type->action(call);
    else
        sim_resource_refuse(call->response, 404, "InvalidResourceAction", NULL,
                            "The type '%s' has no action '%s'.", call->type->type,
                            call->id.action ? call->id.action : "");
}

/* ---- DELETE ---- */

/* Asks the hooks of a resource and all below it, deepest first; false when one refuses. */
static bool may_remove(sim_provider_t *provider, struct sim_resource_call *call,
                       const cJSON *doomed)
{
    for (int i = cJSON_GetArraySize(doomed); i--;) {
        const cJSON *body = cJSON_GetArrayItem(doomed, i);
        struct sim_resource_call below = *call;
        below.type = sim_provider_type(provider, base_json_text(body, "type"));
        below.path = base_json_text(body, "id");
        below.resource = body;
        if (below.type && below.type->remove && !below.type->remove(&below))
            return false;
    }
    return true;
}

static void answer_delete(struct sim_resource_call *call)
{
    if (!call->type->async_delete) {
        call->response->status = call->type->deleted;
        return;
    }
    sim_operation_start(call, "DELETE");
    if (call->type->async_status)
        sim_operation_name(call, "DELETE");
}

/* `doomed`: the resource and all below it. */
static void remove_all(sim_provider_t *provider, struct sim_resource_call *call,
                       const cJSON *doomed)
{
    char creator[BASE_UUID_TEXT];

    sim_resource_creator(provider->world, call->path, creator);
    for (int i = cJSON_GetArraySize(doomed); i--;) {
        const cJSON *body = cJSON_GetArrayItem(doomed, i);
        const struct sim_resource_type *type =
            sim_provider_type(provider, base_json_text(body, "type"));
        sim_resource_forget(provider->world, base_json_text(body, "id"));
        if (type && type->changed)
            type->changed(provider->context, body, true);
    }
    sim_assignment_remove_below(provider->world, call->path);
    sim_going_start(call, creator);
}

static void delete (sim_provider_t *provider, struct sim_resource_call *call)
{
    cJSON *going = call->resource ? NULL : sim_going_get(provider->world, call->path);
    cJSON *doomed = call->resource ? sim_resource_list(provider->world, NULL, call->path) : NULL;

    if (going) {
        answer_delete(call);
    } else if (!doomed) {
        call->response->status = 204;
    } else if (may_remove(provider, call, doomed)) {
        remove_all(provider, call, doomed);
        answer_delete(call);
    }
    cJSON_Delete(going);
    cJSON_Delete(doomed);
}

/* ---- the handler ---- */

static const struct {
    const char *method;
    method_handler handle;
    bool needs_name; /* and a type that can be written, but for HEAD */
} methods[] = {
    {"PUT", put, true},   {"PATCH", patch, true},   {"GET", get, false},
    {"HEAD", head, true}, {"DELETE", delete, true}, {"POST", action, false},
};

static method_handler find_method(const struct sim_resource_call *call)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (base_equal(methods[i].method, call->request->method) &&
            (!methods[i].needs_name ||
             (leaf(call) && (call->type->created || methods[i].handle == head))))
            return methods[i].handle;
    return NULL;
}

static bool read_body(struct sim_resource_call *call, cJSON **body)
{
    struct base_error err = {0};

    *body = base_http_request_json(call->request, &err);
    if (err.status == BASE_OK && (!*body || cJSON_IsObject(*body)))
        return true;
    sim_resource_refuse(call->response, 400, "InvalidRequestContent", NULL,
                        "The request content was invalid and could not be deserialized: '%s'.",
                        err.status == BASE_OK ? "expected a JSON object" : err.message);
    cJSON_Delete(*body);
    *body = NULL;
    return false;
}

static const char *header(const struct base_http_request *request, const char *name)
{
    const char *value = base_headers_get(request->headers, name);
    return value ? value : "";
}

static char *clean_path(const char *path)
{
    struct base_buf plain = {0};

    if (!base_uri_decode(&plain, path, strlen(path), false)) {
        base_buf_clear(&plain);
        base_buf_puts(&plain, path);
    }
    while (plain.len > 1 && plain.data[plain.len - 1] == '/')
        plain.data[--plain.len] = '\0';
    return base_buf_take(&plain);
}

static void serve(sim_provider_t *provider, struct sim_resource_call *call)
{
    cJSON *body = NULL, *resource = NULL;
    method_handler handle = find_method(call);

    if (!handle) {
        sim_resource_refuse(call->response, 405, "MethodNotAllowed", NULL,
                            "The method %s is not allowed here.", call->request->method);
        return;
    }
    if (!read_body(call, &body))
        return;
    call->request_body = body;
    pthread_mutex_lock(&provider->lock);
    char *item = call->id.action ? base_strdup(call->path) : NULL;
    if (item)
        *strrchr(item, '/') = '\0';
    if (leaf(call))
        resource = sim_resource_get(provider->world, item ? item : call->path);
    call->resource = resource;
    handle(provider, call);
    pthread_mutex_unlock(&provider->lock);
    free(item);
    cJSON_Delete(resource);
    cJSON_Delete(body);
}

void sim_provider_handle(void *context, const struct base_http_request *request,
                         struct base_http_response *response)
{
    sim_provider_t *provider = context;
    char *path = clean_path(request->path);
    struct sim_resource_call call = {
        .world = provider->world,
        .context = provider->context,
        .path = path,
        .caller = header(request, "x-ms-client-object-id"),
        .tenant = header(request, "x-ms-home-tenant-id"),
        .request = request,
        .response = response,
    };

    if (!sim_resource_id_parse(request->arena, request->method, request->path, &call.id)) {
        sim_resource_refuse(response, 404, "NotFound", NULL, "'%s' is not a resource.",
                            request->path);
    } else if (base_ends_nocase(call.id.type, "/locations/operationresults")) {
        sim_operation_answer(&call);
    } else if (base_ends_nocase(call.id.type, "/locations/operations")) {
        sim_operation_status(&call);
    } else {
        call.type = sim_provider_type(provider, call.id.type);
        if (call.type)
            serve(provider, &call);
        else
            sim_resource_refuse(response, 404, "InvalidResourceType", NULL,
                                "The resource type '%s' could not be found in the namespace '%s'.",
                                call.id.type + strlen(call.id.provider) + 1, provider->name);
    }
    free(path);
}
