/* Decides what the server says of itself: version, health, groups, resources, OpenAPI.
 * Source: facts kubernetes.md 1 and 2: v1.31 makes kubectl's dispatcher pick its JSON generation, and an empty OpenAPI document makes it
 * skip validation. */
#include "simulators/aks/api.h"

#include <stdlib.h>
#include <string.h>

#define GIT_VERSION "v1.31.9"

static const char *const built_in_verbs[] = {"create", "delete", "deletecollection", "get",
                                             "list",   "patch",  "update",           "watch"};
static const char *const custom_verbs[] = {"delete", "deletecollection", "get",    "list",
                                           "patch",  "create",           "update", "watch"};
#define VERBS (sizeof built_in_verbs / sizeof *built_in_verbs)

static cJSON *api_versions(void);
static cJSON *group_list(void);
static cJSON *group_document(const char *group);
static cJSON *resource_list(const char *group, const char *version);
static bool group_known(const char *group);
static void add_resource(cJSON *resources, const struct aks_kind *kind);
static void add_subresource(cJSON *resources, const struct aks_kind *kind, const char *line);

void aks_version(struct aks_call *call)
{
    static const char *const pairs[][2] = {
        {"major", "1"},
        {"minor", "31"},
        {"gitVersion", GIT_VERSION},
        {"gitCommit", "0000000000000000000000000000000000000000"},
        {"gitTreeState", "clean"},
        {"buildDate", "2024-08-13T00:00:00Z"},
        {"goVersion", "none"},
        {"compiler", "cc"},
        {"platform", "linux/amd64"}};
    cJSON *version = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        base_json_set_text(version, pairs[i][0], pairs[i][1]);
    aks_answer_tree(call, 200, version);
}

void aks_health(struct aks_call *call)
{
    base_http_answer_text(call->response, 200, "text/plain; charset=utf-8", "ok");
}

/* An empty protobuf is a valid, empty document. */
void aks_openapi(struct aks_call *call)
{
    base_http_answer_text(call->response, 200, "application/octet-stream", "");
}

void aks_paths(struct aks_call *call)
{
    static const char *const known[] = {"/api",
                                        "/api/v1",
                                        "/apis",
                                        "/apis/aadpodidentity.k8s.io",
                                        "/apis/aadpodidentity.k8s.io/v1",
                                        "/apis/apps",
                                        "/apis/apps/v1",
                                        "/healthz",
                                        "/livez",
                                        "/openapi/v2",
                                        "/readyz",
                                        "/version"};
    cJSON *tree = cJSON_CreateObject(), *paths = cJSON_AddArrayToObject(tree, "paths");

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cJSON_AddItemToArray(paths, cJSON_CreateString(known[i]));
    aks_answer_tree(call, 404, tree);
}

void aks_discovery(struct aks_call *call)
{
    const char **segments;
    size_t count = base_path_split(call->arena, call->request->path, &segments);
    bool core = base_equal(segments[0], "api");
    const char *group = core ? "" : count > 1 ? segments[1] : NULL;
    cJSON *tree = NULL;

    if (!base_equal(call->request->method, "GET"))
        aks_fail_method(call->fail);
    else if (core && count == 1)
        tree = api_versions();
    else if (!core && count == 1)
        tree = group_list();
    else if (!core && !group_known(group))
        aks_fail_no_page(call->fail);
    else if (!core && count == 2)
        tree = group_document(group);
    else if (!(tree = resource_list(group, segments[core ? 1 : 2])))
        aks_fail_no_resource(call->fail);
    aks_answer_tree(call, 200, tree);
}

static cJSON *api_versions(void)
{
    cJSON *tree = cJSON_CreateObject(), *list;

    base_json_set_text(tree, "kind", "APIVersions");
    list = cJSON_AddArrayToObject(tree, "versions");
    cJSON_AddItemToArray(list, cJSON_CreateString("v1"));
    return tree;
}

static cJSON *group_list(void)
{
    cJSON *tree = cJSON_CreateObject(), *groups;
    const char *before = "";

    base_json_set_text(tree, "kind", "APIGroupList");
    base_json_set_text(tree, "apiVersion", "v1");
    groups = cJSON_AddArrayToObject(tree, "groups");
    for (int i = 0; i < AKS_KINDS; i++) { /* the table keeps groups together */
        const char *group = aks_kind_at((enum aks_kind_id)i)->group;
        if (!base_equal(group, before)) {
            cJSON *document = group_document(group);
            cJSON_DeleteItemFromObjectCaseSensitive(document, "kind");
            cJSON_DeleteItemFromObjectCaseSensitive(document, "apiVersion");
            cJSON_AddItemToArray(groups, document);
        }
        before = group;
    }
    return tree;
}

static bool group_known(const char *group)
{
    for (int i = 0; i < AKS_KINDS; i++)
        if (*group && base_equal(aks_kind_at((enum aks_kind_id)i)->group, group))
            return true;
    return false;
}

static cJSON *group_document(const char *group)
{
    cJSON *tree = cJSON_CreateObject(), *version = cJSON_CreateObject(), *versions;
    char *name = base_asprintf("%s/v1", group);

    base_json_set_text(tree, "kind", "APIGroup");
    base_json_set_text(tree, "apiVersion", "v1");
    base_json_set_text(tree, "name", group);
    base_json_set_text(version, "groupVersion", name);
    base_json_set_text(version, "version", "v1");
    versions = cJSON_AddArrayToObject(tree, "versions");
    cJSON_AddItemToArray(versions, base_json_copy(version));
    base_json_set(tree, "preferredVersion", version);
    free(name);
    return tree;
}

static cJSON *resource_list(const char *group, const char *version)
{
    cJSON *tree = cJSON_CreateObject(), *resources;
    char *name = base_asprintf("%s%s%s", group, *group ? "/" : "", version);

    base_json_set_text(tree, "kind", "APIResourceList");
    if (*group)
        base_json_set_text(tree, "apiVersion", "v1");
    base_json_set_text(tree, "groupVersion", name);
    free(name);
    resources = cJSON_AddArrayToObject(tree, "resources");
    for (int i = 0; i < AKS_KINDS; i++) {
        const struct aks_kind *kind = aks_kind_at((enum aks_kind_id)i);
        if (!base_equal(kind->group, group) || !base_equal(kind->version, version))
            continue;
        add_resource(resources, kind);
        for (size_t s = 0; kind->subresources && kind->subresources[s]; s++)
            add_subresource(resources, kind, kind->subresources[s]);
    }
    if (resources->child)
        return tree;
    cJSON_Delete(tree);
    return NULL;
}

static void add_resource(cJSON *resources, const struct aks_kind *kind)
{
    cJSON *entry = cJSON_CreateObject(), *verbs;
    const char *const *words = kind->custom ? custom_verbs : built_in_verbs;

    base_json_set_text(entry, "name", kind->plural);
    base_json_set_text(entry, "singularName", kind->singular);
    base_json_set_bool(entry, "namespaced", kind->namespaced);
    base_json_set_text(entry, "kind", kind->kind);
    verbs = cJSON_AddArrayToObject(entry, "verbs");
    for (size_t i = 0; i < VERBS; i++)
        if (!kind->no_collection || !base_equal(words[i], "deletecollection"))
            cJSON_AddItemToArray(verbs, cJSON_CreateString(words[i]));
    if (*kind->short_name)
        cJSON_AddItemToArray(cJSON_AddArrayToObject(entry, "shortNames"),
                             cJSON_CreateString(kind->short_name));
    if (*kind->category)
        cJSON_AddItemToArray(cJSON_AddArrayToObject(entry, "categories"),
                             cJSON_CreateString(kind->category));
    cJSON_AddItemToArray(resources, entry);
}

/* "scale:autoscaling/v1:Scale:get,patch,update" */
static void add_subresource(cJSON *resources, const struct aks_kind *kind, const char *line)
{
    char *copy = base_strdup(line), *rest = copy, *word;
    const char *sub = strsep(&rest, ":"), *group = strsep(&rest, ":"), *of = strsep(&rest, ":");
    char *name = base_asprintf("%s/%s", kind->plural, sub), *slash = strchr(group, '/');
    cJSON *entry = cJSON_CreateObject(), *verbs;

    base_json_set_text(entry, "name", name);
    base_json_set_text(entry, "singularName", "");
    base_json_set_bool(entry, "namespaced", kind->namespaced);
    if (slash) {
        *slash = '\0';
        base_json_set_text(entry, "group", group);
        base_json_set_text(entry, "version", slash + 1);
    }
    base_json_set_text(entry, "kind", of);
    verbs = cJSON_AddArrayToObject(entry, "verbs");
    while ((word = strsep(&rest, ",")))
        cJSON_AddItemToArray(verbs, cJSON_CreateString(word));
    cJSON_AddItemToArray(resources, entry);
    free(name);
    free(copy);
}
