/* Takes a Blob REST request from its host name to the handler of its route. */
#include "simulators/blob/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Actions: REST reference, "Permissions for calling data operations". */
static const struct blob_route routes[] = {
    {"GET", BLOB_SERVICE, NULL, "list", blob_container_list, "read", false, false},
    {"PUT", BLOB_CONTAINER, "container", NULL, blob_container_create, "write", false, true},
    {"GET", BLOB_CONTAINER, "container", NULL, blob_container_get, "read", false, false},
    {"HEAD", BLOB_CONTAINER, "container", NULL, blob_container_get, "read", false, false},
    {"GET", BLOB_CONTAINER, "container", "metadata", blob_container_get, "read", false, false},
    {"HEAD", BLOB_CONTAINER, "container", "metadata", blob_container_get, "read", false, false},
    {"PUT", BLOB_CONTAINER, "container", "metadata", blob_container_set_metadata, "write", false,
     false},
    {"PUT", BLOB_CONTAINER, "container", "lease", blob_container_lease, "write", false, false},
    {"DELETE", BLOB_CONTAINER, "container", NULL, blob_container_delete, "delete", false, true},
    {"GET", BLOB_CONTAINER, "container", "list", blob_item_list, "blobs/read", true, false},
    {"PUT", BLOB_BLOB, NULL, NULL, blob_item_put, "blobs/write", true, false},
    {"GET", BLOB_BLOB, NULL, NULL, blob_item_get, "blobs/read", true, false},
    {"HEAD", BLOB_BLOB, NULL, NULL, blob_item_get, "blobs/read", true, false},
    {"GET", BLOB_BLOB, NULL, "metadata", blob_item_get_metadata, "blobs/read", true, false},
    {"HEAD", BLOB_BLOB, NULL, "metadata", blob_item_get_metadata, "blobs/read", true, false},
    {"PUT", BLOB_BLOB, NULL, "metadata", blob_item_set_metadata, "blobs/write", true, false},
    {"PUT", BLOB_BLOB, NULL, "properties", blob_item_set_properties, "blobs/write", true, false},
    {"PUT", BLOB_BLOB, NULL, "lease", blob_item_lease, "blobs/write", true, false},
    {"DELETE", BLOB_BLOB, NULL, NULL, blob_item_delete, "blobs/delete", true, false},
};

static void common_headers(struct blob_call *call);
static bool version_ok(struct blob_call *call);
static bool find_account(struct blob_call *call);
static bool split_path(struct blob_call *call);
static bool find_route(struct blob_call *call);
static bool names_ok(struct blob_call *call);
static void run(struct blob_call *call);

const struct blob_route *blob_routes(size_t *count)
{
    *count = sizeof(routes) / sizeof(routes[0]);
    return routes;
}

void blob_handle(void *context, const struct base_http_request *request,
                 struct base_http_response *response)
{
    struct blob_call call = {
        .blob = context, .request = request, .response = response, .arena = request->arena};
    call.now_ms = sim_now_ms(call.blob->world);
    base_uuid(sim_world_random(call.blob->world), call.request_id);
    common_headers(&call);
    if (version_ok(&call) && find_account(&call) && split_path(&call) && find_route(&call) &&
        blob_authorize(&call) && names_ok(&call))
        run(&call);
}

static void common_headers(struct blob_call *call)
{
    struct base_headers *headers = &call->response->headers;
    const char *client = blob_header(call, "x-ms-client-request-id"),
               *version = blob_header(call, "x-ms-version");
    base_headers_set(headers, "Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0");
    base_headers_set(headers, "x-ms-request-id", call->request_id);
    if (client)
        base_headers_set(headers, "x-ms-client-request-id", client);
    if (version)
        base_headers_set(headers, "x-ms-version", version);
}

/* Any date is served: clients are newer than we are. */
static bool version_ok(struct blob_call *call)
{
    const char *version = blob_header(call, "x-ms-version");
    char stamp[32];
    int64_t ms;
    if (!version)
        return true;
    snprintf(stamp, sizeof(stamp), "%.10sT00:00:00Z", version);
    if (strlen(version) == 10 && base_time_parse(stamp, &ms))
        return true;
    blob_refuse_with(call, "InvalidHeaderValue", "HeaderName", "x-ms-version");
    return false;
}

static bool find_account(struct blob_call *call)
{
    size_t len = strcspn(call->request->host, ".:");
    call->account_name = base_arena_strndup(call->arena, call->request->host, len);
    pthread_mutex_lock(&call->blob->lock);
    const struct blob_account *account = blob_account_find(call->blob, call->account_name);
    if (account) {
        call->account_id = base_arena_strdup(call->arena, account->id);
        call->keys[0] = base_arena_strdup(call->arena, account->keys[0]);
        call->keys[1] = base_arena_strdup(call->arena, account->keys[1]);
        call->shared_key = account->shared_key;
    }
    pthread_mutex_unlock(&call->blob->lock);
    if (!account)
        blob_refuse_with(call, "AccountNotFound", "AccountName", call->account_name);
    return account != NULL;
}

/* "/container/any/blob/name", percent-encoded. */
static bool split_path(struct blob_call *call)
{
    const char *at = call->request->path + 1, *slash = strchr(at, '/');
    size_t len = slash ? (size_t)(slash - at) : strlen(at);
    struct base_buf name = {0};
    bool good = true;

    if (len > 0) {
        good = base_uri_decode(&name, at, len, false);
        call->container_name = base_arena_strdup(call->arena, name.data ? name.data : "");
    }
    if (good && len > 0 && slash && slash[1]) {
        base_buf_clear(&name);
        good = base_uri_decode(&name, slash + 1, strlen(slash + 1), false) &&
               strlen(name.data) == name.len;
        call->item_name = base_arena_strdup(call->arena, name.data ? name.data : "");
    }
    base_buf_release(&name);
    if (!good)
        blob_refuse(call, "InvalidUri");
    return good;
}

static bool find_route(struct blob_call *call)
{
    const char *restype = blob_query(call, "restype"), *comp = blob_query(call, "comp");
    enum blob_level level = call->item_name        ? BLOB_BLOB
                            : call->container_name ? BLOB_CONTAINER
                                                   : BLOB_SERVICE;
    bool resource = false;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct blob_route *route = &routes[i];
        if (route->level != level || !base_equal_nocase(route->restype, restype) ||
            !base_equal_nocase(route->comp, comp))
            continue;
        resource = true;
        if (strcmp(route->method, call->request->method) != 0)
            continue;
        call->route = route;
        return true;
    }
    if (resource)
        blob_refuse(call, "UnsupportedHttpVerb");
    else
        blob_refuse_with(call, "NotImplemented", "QueryParameters", call->request->query);
    return false;
}

static bool names_ok(struct blob_call *call)
{
    bool good = (!call->container_name || blob_container_name_ok(call->container_name)) &&
                (!call->item_name || strlen(call->item_name) <= 1024);
    if (!good)
        blob_refuse(call, "InvalidResourceName");
    return good;
}

static void run(struct blob_call *call)
{
    if (call->route->unlocked) {
        call->route->run(call);
        return;
    }
    pthread_mutex_lock(&call->blob->lock);
    call->account = blob_account_find(call->blob, call->account_name);
    if (call->account)
        call->route->run(call);
    else
        blob_refuse_with(call, "AccountNotFound", "AccountName", call->account_name);
    pthread_mutex_unlock(&call->blob->lock);
}
