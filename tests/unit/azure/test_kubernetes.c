/* Kubernetes: kubeconfigs of all makes, objects, apply; and a cluster over real TLS. */
#include "azure/kubernetes.h"

#include "common/file.h"
#include "common/http_server.h"
#include "script.h"

#include <dirent.h>
#include <unistd.h>

#define SERVER "https://cluster-1.hcp.westus2.azmk8s.io:443"
#define PODS "/api/v1/namespaces/ns/pods"
#define DEPLOYMENT "/apis/apps/v1/namespaces/ns/deployments/d"
#define STATUS(code, reason, text)                                                                 \
    "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"" text "\",\"reason\":\"" reason    \
    "\",\"details\":{\"name\":\"d\"},\"code\":" code "}"
#define TOKEN "0123456789abcdef-cluster-token"

/* As AKS writes it. */
#define YAML                                                                                       \
    "apiVersion: v1\n"                                                                             \
    "clusters:\n"                                                                                  \
    "- cluster:\n"                                                                                 \
    "    certificate-authority-data: Y2VydGlmaWNhdGU=\n"                                           \
    "    server: " SERVER "/\n"                                                                    \
    "  name: aks1\n"                                                                               \
    "contexts:\n"                                                                                  \
    "- context:\n"                                                                                 \
    "    cluster: aks1\n"                                                                          \
    "    user: clusterUser_rg_aks1\n"                                                              \
    "  name: aks1\n"                                                                               \
    "current-context: aks1\n"                                                                      \
    "kind: Config\n"                                                                               \
    "preferences: {}\n"                                                                            \
    "users:\n"                                                                                     \
    "- name: other\n"                                                                              \
    "  user:\n"                                                                                    \
    "    token: wrong\n"                                                                           \
    "- name: clusterUser_rg_aks1\n"                                                                \
    "  user:\n"                                                                                    \
    "    client-certificate-data: Y2xpZW50\n"                                                      \
    "    client-key-data: a2V5\n"                                                                  \
    "    token: " TOKEN "\n"

struct world {
    struct script script;
    az_kubernetes_t *k8s;
};

/* The kubeconfig above as a tree, to take things out of. */
static cJSON *config_tree(void)
{
    return cJSON_Parse("{\"current-context\":\"c\","
                       "\"contexts\":[{\"name\":\"x\",\"context\":{}},"
                       "{\"name\":\"c\",\"context\":{\"cluster\":\"k\",\"user\":\"u\"}}],"
                       "\"clusters\":[{\"name\":\"k\",\"cluster\":{\"server\":\"" SERVER
                       "\",\"certificate-authority-data\":\"Y2E=\"}}],"
                       "\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"" TOKEN
                       "\",\"client-certificate-data\":\"YQ==\",\"client-key-data\":\"YQ==\"}}]}");
}

static int setup(void **state)
{
    struct world *world = base_alloc(sizeof *world);
    struct base_error err = {0};

    script_init(&world->script, 1000);
    world->k8s = az_kubernetes_open(&world->script.az, YAML, strlen(YAML), &err);
    assert_non_null(world->k8s);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    az_kubernetes_close(world->k8s);
    script_release(&world->script);
    free(world);
    return 0;
}

static void a_kubeconfig_opens_as_yaml_and_as_json(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *tree = config_tree(), *out;
    char *plain = base_json_print(tree), *json = base_asprintf("\n  %s\n", plain);

    SCRIPT(&world->script, {200, "{\"kind\":\"PodList\"}"}, {200, "{}"});
    assert_int_equal(az_kubernetes_get(world->k8s, PODS, &out, &err), BASE_OK);
    assert_string_equal(base_json_text(out, "kind"), "PodList");
    cJSON_Delete(out);
    assert_call(&world->script, 0, "GET", SERVER PODS);
    assert_string_equal(call_header(&world->script, 0, "Authorization"), "Bearer " TOKEN);
    az_kubernetes_t *other = az_kubernetes_open(&world->script.az, json, strlen(json), &err);
    assert_non_null(other);
    assert_int_equal(az_kubernetes_get(other, PODS, &out, &err), BASE_OK);
    cJSON_Delete(out);
    assert_string_equal(call_header(&world->script, 1, "Authorization"), "Bearer " TOKEN);
    az_kubernetes_close(other);
    az_kubernetes_close(NULL);
    free(json);
    free(plain);
    cJSON_Delete(tree);
}

static void assert_refused(struct world *world, const char *text, size_t len,
                           enum base_status status, const char *target, const char *word)
{
    struct base_error err = {0};

    assert_null(az_kubernetes_open(&world->script.az, text, len, &err));
    assert_int_equal(err.status, status);
    assert_string_equal(err.target, target);
    assert_non_null(strstr(err.message, word));
    assert_hidden(&err, TOKEN);
    assert_hidden(&err, "hunter2");
}

static void missing_parts_are_named(void **state)
{
    static const struct {
        const char *parent, *member, *value; /* value NULL: taken out */
        const char *target, *word;
    } rows[] = {
        {"", "current-context", NULL, "current-context", "no current-context"},
        {"", "current-context", "\"\"", "current-context", "no current-context"},
        {"", "current-context", "\"nobody\"", "contexts", "no context \"nobody\""},
        {"", "current-context", "\"x\"", "contexts", "\"x\" names no cluster"},
        {"", "contexts", NULL, "contexts", "no context \"c\""},
        {"", "contexts", "5", "contexts", "no context \"c\""},
        {"contexts.1.context", "user", NULL, "contexts", "names no user"},
        {"contexts.1.context", "cluster", NULL, "contexts", "names no cluster"},
        {"", "clusters", NULL, "clusters", "no cluster \"k\""},
        {"clusters.0", "cluster", NULL, "clusters", "no cluster \"k\""},
        {"clusters.0.cluster", "server", NULL, "clusters", "\"k\" has no server"},
        {"clusters.0.cluster", "server", "\"///\"", "clusters", "\"k\" has no server"},
        {"clusters.0.cluster", "server", "\"cluster:443\"", "clusters", "not an http(s) URL"},
        {"clusters.0.cluster", "certificate-authority-data", "\"hunter2!\"",
         "certificate-authority-data", "not base64"},
        {"clusters.0.cluster", "certificate-authority-data", "\"\"", "certificate-authority-data",
         "not base64"},
        {"", "users", NULL, "users", "no user \"u\""},
        {"users.0", "user", NULL, "users", "no user \"u\""},
        {"users.0.user", "client-key-data", NULL, "users", "no client-key-data"},
        {"users.0.user", "client-certificate-data", NULL, "users", "no client-certificate-data"},
        {"users.0.user", "client-key-data", "\"hunter2!\"", "client-key-data", "not base64"},
        {"users.0", "user", "{}", "users", "neither a token nor"},
        {"users.0", "user", "{\"token\":\"\"}", "users", "neither a token nor"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *tree = config_tree(),
              *parent = *rows[i].parent ? base_json_at(tree, rows[i].parent) : tree;
        assert_non_null(parent);
        cJSON_DeleteItemFromObjectCaseSensitive(parent, rows[i].member);
        if (rows[i].value)
            base_json_set(parent, rows[i].member, cJSON_Parse(rows[i].value));
        char *text = base_json_print(tree);
        assert_refused(world, text, strlen(text), BASE_INVALID, rows[i].target, rows[i].word);
        free(text);
        cJSON_Delete(tree);
    }
}

static void what_is_not_spoken_is_named(void **state)
{
    static const struct {
        const char *parent, *member, *value, *target;
    } rows[] = {
        {"users.0", "user", "{\"exec\":{\"command\":\"kubelogin\"}}", "exec"},
        {"users.0", "user", "{\"auth-provider\":{\"name\":\"azure\"}}", "auth-provider"},
        {"users.0", "user", "{\"username\":\"a\",\"password\":\"hunter2\"}", "username"},
        {"users.0", "user", "{\"client-certificate\":\"/a\",\"client-key\":\"/b\"}",
         "client-certificate"},
        {"users.0", "user", "{\"tokenFile\":\"/a\"}", "tokenFile"},
        {"clusters.0.cluster", "insecure-skip-tls-verify", "true", "insecure-skip-tls-verify"},
        {"clusters.0.cluster", "certificate-authority", "\"/etc/ca\"", "certificate-authority"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *tree = config_tree();
        base_json_set(base_json_at(tree, rows[i].parent), rows[i].member,
                      cJSON_Parse(rows[i].value));
        char *text = base_json_print(tree);
        assert_refused(world, text, strlen(text), BASE_UNSUPPORTED, rows[i].target, rows[i].target);
        free(text);
        cJSON_Delete(tree);
    }
    cJSON *tree = config_tree();
    base_json_set_bool(base_json_at(tree, "clusters.0.cluster"), "insecure-skip-tls-verify", false);
    char *text = base_json_print(tree);
    az_kubernetes_t *good = az_kubernetes_open(&world->script.az, text, strlen(text), NULL);
    assert_non_null(good);
    az_kubernetes_close(good);
    free(text);
    cJSON_Delete(tree);
}

/* The text is a secret: an error says where it is wrong, and shows none of it. */
static void what_is_no_kubeconfig_is_not_shown(void **state)
{
    static const char *const texts[] = {
        "users:\n- token: &a " TOKEN "\n",
        "token: " TOKEN "\ntoken: " TOKEN "\n",
        "a: [" TOKEN,
        "\t" TOKEN,
        "{\"token\":\"" TOKEN "\"",
        "{\"" TOKEN "\":1,\"" TOKEN "\":2}",
        "\"" TOKEN "\"",
        "",
        "   ",
        "{",
        "[]",
        "- " TOKEN,
    };
    struct world *world = *state;
    struct base_error err = {0};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        base_error_clear(&err);
        assert_null(az_kubernetes_open(&world->script.az, texts[i], strlen(texts[i]), &err));
        assert_int_equal(err.status, BASE_INVALID);
        assert_hidden(&err, TOKEN);
        assert_true(err.message[0]);
    }
    assert_null(az_kubernetes_open(&world->script.az, "a: 1\nb: [x" TOKEN, 11, NULL));
    base_error_clear(&err);
    assert_null(az_kubernetes_open(&world->script.az, "a: b\nc: &d e\n", 13, &err));
    assert_non_null(strstr(err.message, "line 2"));
}

static void refusals_have_the_meaning_of_their_reason(void **state)
{
    static const struct {
        struct reply reply;
        enum base_status status;
        const char *code;
    } rows[] = {
        {{409, STATUS("409", "AlreadyExists", "d already exists")}, BASE_EXISTS, "AlreadyExists"},
        {{409, STATUS("409", "Conflict", "modified")}, BASE_CONFLICT, "Conflict"},
        {{404, STATUS("404", "NotFound", "no d")}, BASE_NOT_FOUND, "NotFound"},
        {{403, STATUS("403", "Forbidden", "no")}, BASE_DENIED, "Forbidden"},
        {{401, STATUS("401", "Unauthorized", TOKEN " is bad")},
         BASE_UNAUTHENTICATED,
         "Unauthorized"},
        {{422, STATUS("422", "Invalid", "no")}, BASE_INVALID, "Invalid"},
        {{200, "not json"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200}, BASE_PROTOCOL, "InvalidAnswer"},
    };
    struct world *world = *state;
    cJSON *object = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_error err = {0};
        cJSON *out = (cJSON *)world;
        script_set(&world->script, &rows[i].reply, 1);
        assert_int_equal(az_kubernetes_create(world->k8s, PODS, object, &out, &err),
                         rows[i].status);
        assert_int_equal(err.status, rows[i].status);
        assert_string_equal(err.code, rows[i].code);
        assert_hidden(&err, TOKEN);
        assert_null(out);
        script_done(&world->script);
        script_set(&world->script, &rows[i].reply, 1);
        out = (cJSON *)world;
        assert_int_equal(az_kubernetes_replace(world->k8s, DEPLOYMENT, object, &out, NULL),
                         rows[i].status);
        assert_null(out);
    }
    cJSON_Delete(object);
}

static void writes_use_the_verbs_and_types_of_the_api(void **state)
{
    struct world *world = *state;
    cJSON *object = cJSON_Parse("{\"a\":null}"), *out;

    SCRIPT(&world->script, {201, "{}"}, {200, "{}"}, {200, "{\"b\":1}"}, {202});
    assert_int_equal(az_kubernetes_create(world->k8s, PODS, object, NULL, NULL), BASE_OK);
    assert_call(&world->script, 0, "POST", SERVER PODS);
    assert_string_equal(call_header(&world->script, 0, "Content-Type"), "application/json");
    assert_int_equal(az_kubernetes_replace(world->k8s, DEPLOYMENT, object, NULL, NULL), BASE_OK);
    assert_call(&world->script, 1, "PUT", SERVER DEPLOYMENT);
    assert_int_equal(az_kubernetes_merge(world->k8s, DEPLOYMENT, object, &out, NULL), BASE_OK);
    assert_call(&world->script, 2, "PATCH", SERVER DEPLOYMENT);
    assert_string_equal(call_header(&world->script, 2, "Content-Type"),
                        "application/merge-patch+json");
    assert_string_equal(world->script.calls[2].body, "{\"a\":null}");
    assert_true(base_json_number(out, "b", 0) == 1);
    cJSON_Delete(out);
    assert_int_equal(az_kubernetes_delete(world->k8s, DEPLOYMENT, NULL), BASE_OK);
    assert_call(&world->script, 3, "DELETE", SERVER DEPLOYMENT);
    assert_string_equal(world->script.calls[3].body, "{\"propagationPolicy\":\"Background\"}");
    cJSON_Delete(object);
}

static void what_is_absent_is_deleted(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};

    SCRIPT(&world->script, {404, STATUS("404", "NotFound", "no d")},
           {403, STATUS("403", "Forbidden", "no")});
    assert_int_equal(az_kubernetes_delete(world->k8s, DEPLOYMENT, &err), BASE_OK);
    assert_int_equal(err.status, BASE_OK);
    assert_int_equal(az_kubernetes_delete(world->k8s, DEPLOYMENT, &err), BASE_DENIED);
    assert_string_equal(err.target, "d");
}

#define WANTED                                                                                     \
    "{\"metadata\":{\"name\":\"d\",\"labels\":{\"a\":\"1\"}},\"spec\":{\"replicas\":2,"            \
    "\"paused\":null,\"template\":{\"containers\":[{\"name\":\"c\",\"image\":\"i:1\",\"args\":["   \
    "\"x\"]}]}}}"
/* the same with what a server adds */
#define STORED                                                                                     \
    "{\"apiVersion\":\"apps/v1\",\"metadata\":{\"labels\":{\"b\":\"2\",\"a\":\"1\"},\"name\":"     \
    "\"d\",\"resourceVersion\":\"7\"},\"spec\":{\"strategy\":{},\"replicas\":2.0,\"template\":{"   \
    "\"containers\":[{\"imagePullPolicy\":\"Always\",\"name\":\"c\",\"args\":[\"x\"],\"image\":"   \
    "\"i:1\"}]}},\"status\":{\"replicas\":1}}"

static enum base_status apply_it(struct world *world, cJSON **out, struct base_error *err)
{
    cJSON *object = cJSON_Parse(WANTED);

    memset(err, 0, sizeof *err);
    enum base_status status = az_kubernetes_apply(world->k8s, DEPLOYMENT, object, out, err);
    cJSON_Delete(object);
    return status;
}

static void apply_creates_what_is_absent(void **state)
{
    struct world *world = *state;
    struct base_error err;
    cJSON *out;

    SCRIPT(&world->script, {404, STATUS("404", "NotFound", "no d")}, {201, STORED});
    assert_int_equal(apply_it(world, &out, &err), BASE_OK);
    assert_int_equal(err.status, BASE_OK);
    assert_call(&world->script, 0, "GET", SERVER DEPLOYMENT);
    assert_call(&world->script, 1, "POST", SERVER "/apis/apps/v1/namespaces/ns/deployments");
    assert_string_equal(world->script.calls[1].body, WANTED);
    assert_string_equal(base_json_text(out, "metadata.resourceVersion"), "7");
    cJSON_Delete(out);
    script_done(&world->script);
}

static void apply_writes_nothing_when_nothing_changes(void **state)
{
    struct world *world = *state;
    struct base_error err;
    cJSON *out;

    SCRIPT(&world->script, {200, STORED}, {200, STORED});
    assert_int_equal(apply_it(world, &out, &err), BASE_OK);
    assert_string_equal(base_json_text(out, "metadata.resourceVersion"), "7");
    cJSON_Delete(out);
    assert_int_equal(apply_it(world, NULL, &err), BASE_OK);
    script_done(&world->script);
}

static void apply_merges_what_changes(void **state)
{
    /* each is STORED with one thing different */
    static const struct {
        const char *parent, *member, *value; /* value NULL: taken out */
    } rows[] = {
        {"spec", "replicas", "3"},
        {"spec", "replicas", "\"2\""},
        {"spec", "replicas", NULL},
        {"spec", "paused", "true"},
        {"spec.template.containers.0", "image", "\"i:2\""},
        {"spec.template.containers.0", "args", "[\"x\",\"y\"]"},
        {"spec.template.containers.0", "args", "[]"},
        {"spec.template", "containers", "[]"},
        {"spec.template", "containers", "{}"},
        {"metadata", "labels", "{}"},
        {"metadata", "labels", "[]"},
    };
    struct world *world = *state;
    struct base_error err;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *stored = cJSON_Parse(STORED), *parent = base_json_at(stored, rows[i].parent), *out;
        cJSON_DeleteItemFromObjectCaseSensitive(parent, rows[i].member);
        if (rows[i].value)
            base_json_set(parent, rows[i].member, cJSON_Parse(rows[i].value));
        char *text = base_json_print(stored);
        SCRIPT(&world->script, {200, text}, {200, "{\"kind\":\"merged\"}"});
        assert_int_equal(apply_it(world, &out, &err), BASE_OK);
        assert_call(&world->script, 1, "PATCH", SERVER DEPLOYMENT);
        assert_string_equal(world->script.calls[1].body, WANTED);
        assert_string_equal(base_json_text(out, "kind"), "merged");
        script_done(&world->script);
        cJSON_Delete(out);
        cJSON_Delete(stored);
        free(text);
    }
}

static void apply_looks_again_when_somebody_was_quicker(void **state)
{
    struct world *world = *state;
    struct base_error err;
    cJSON *out;

    SCRIPT(&world->script, {404, STATUS("404", "NotFound", "no d")},
           {409, STATUS("409", "AlreadyExists", "d exists")}, {200, STORED});
    assert_int_equal(apply_it(world, &out, &err), BASE_OK);
    assert_int_equal(err.status, BASE_OK);
    cJSON_Delete(out);
    script_done(&world->script);
}

static void apply_reports_what_went_wrong(void **state)
{
    struct world *world = *state;
    struct base_error err;
    cJSON *out = (cJSON *)world;

    SCRIPT(&world->script, {403, STATUS("403", "Forbidden", "may not look")});
    assert_int_equal(apply_it(world, &out, &err), BASE_DENIED);
    assert_string_equal(err.message, "may not look");
    assert_null(out);
    RESCRIPT(&world->script, {404, STATUS("404", "NotFound", "no d")},
             {404, STATUS("404", "NotFound", "no namespace")});
    out = (cJSON *)world;
    assert_int_equal(apply_it(world, &out, &err), BASE_NOT_FOUND);
    assert_string_equal(err.message, "no namespace");
    assert_null(out);
    RESCRIPT(&world->script, {200, "{}"}, {422, STATUS("422", "Invalid", "no merge")});
    out = (cJSON *)world;
    assert_int_equal(apply_it(world, &out, &err), BASE_INVALID);
    assert_null(out);
}

static void a_canceled_client_cancels_the_cluster_too(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *out;

    base_http_client_cancel(world->script.az.http);
    assert_int_equal(az_kubernetes_get(world->k8s, PODS, &out, &err), BASE_CANCELED);
    assert_null(out);
}

/* ---- over TLS, with a CA and a client certificate of the cluster's own ---- */

struct cluster {
    char folder[64];
    base_random_t *random;
    base_key_t *ca, *leaf, *user;
    struct base_buf ca_pem, leaf_chain, leaf_key;
    base_http_server_t *server;
};

static bool serve_certificate(void *context, const char *name, const char **chain, const char **key)
{
    struct cluster *cluster = context;

    (void)name;
    *chain = cluster->leaf_chain.data;
    *key = cluster->leaf_key.data;
    return true;
}

static void serve_cluster(void *context, const struct base_http_request *request,
                          struct base_http_response *response)
{
    cJSON *body = cJSON_CreateObject();

    (void)context;
    base_json_set_text(body, "subject", request->client_subject);
    base_json_set_text(body, "authorization", base_headers_get(request->headers, "Authorization"));
    base_http_answer_json_take(response, 200, body);
}

static base_key_t *issue(struct cluster *cluster, const char *name, bool ca)
{
    static const char *const names[] = {"127.0.0.1", "localhost", NULL};
    struct base_clock clock;

    base_clock_init(&clock);
    int64_t now = base_clock_ms(&clock);
    struct base_certificate_request request = {.common_name = name,
                                               .dns_names = ca ? NULL : names,
                                               .not_before_ms = now - 3600000,
                                               .not_after_ms = now + 3600000,
                                               .ca = ca,
                                               .client = !ca};
    base_key_t *key = base_key_new_ec();
    base_key_certify(key, cluster->ca, &request, cluster->random);
    return key;
}

static void cluster_init(struct cluster *cluster)
{
    struct base_error err = {0};

    memset(cluster, 0, sizeof *cluster);
    strcpy(cluster->folder, "/tmp/test_kubernetes_XXXXXX");
    assert_non_null(mkdtemp(cluster->folder));
    cluster->random = base_random_new(NULL);
    cluster->ca = issue(cluster, "cluster CA", true);
    cluster->leaf = issue(cluster, "cluster", false);
    cluster->user = issue(cluster, "system:admin", false);
    base_key_chain_pem(cluster->ca, &cluster->ca_pem);
    base_key_chain_pem(cluster->leaf, &cluster->leaf_chain);
    base_key_pem(cluster->leaf, &cluster->leaf_key);
    struct base_http_listen listen = {.handler = serve_cluster,
                                      .context = cluster,
                                      .certificate = serve_certificate,
                                      .certificate_context = cluster,
                                      .client_ca_pem = cluster->ca_pem.data};
    cluster->server = base_http_server_start(&listen, &err);
    assert_non_null(cluster->server);
}

static void cluster_release(struct cluster *cluster)
{
    base_http_server_stop(cluster->server);
    base_key_free(cluster->user);
    base_key_free(cluster->leaf);
    base_key_free(cluster->ca);
    base_random_free(cluster->random);
    base_buf_release(&cluster->ca_pem);
    base_buf_release(&cluster->leaf_chain);
    base_buf_release(&cluster->leaf_key);
    assert_int_equal(rmdir(cluster->folder), 0); /* nothing was left in it */
}

static void set_data(cJSON *node, const char *member, const struct base_buf *data)
{
    struct base_buf text = {0};

    base_base64_encode(&text, data->data, data->len);
    base_json_set_text(node, member, text.data);
    base_buf_release(&text);
}

static char *cluster_config(const struct cluster *cluster, bool ca, bool client)
{
    struct base_buf chain = {0}, key = {0};
    cJSON *tree = config_tree(), *user = base_json_at(tree, "users.0.user"),
          *server = base_json_at(tree, "clusters.0.cluster");

    base_json_set(server, "server",
                  base_json_textf("https://127.0.0.1:%d", base_http_server_port(cluster->server)));
    if (ca)
        set_data(server, "certificate-authority-data", &cluster->ca_pem);
    else
        base_json_set_text(server, "certificate-authority-data", NULL);
    base_key_chain_pem(cluster->user, &chain);
    base_key_pem(cluster->user, &key);
    if (client) {
        set_data(user, "client-certificate-data", &chain);
        set_data(user, "client-key-data", &key);
    } else {
        base_json_set_text(user, "client-certificate-data", NULL);
        base_json_set_text(user, "client-key-data", NULL);
    }
    char *text = base_json_print(tree);
    base_buf_release(&chain);
    base_buf_release(&key);
    cJSON_Delete(tree);
    return text;
}

/* Files without a name that this process holds: what a kubeconfig's data are kept in. The server's
 * sockets are in this process too, and are closed when it pleases. */
static int nameless_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[300], target[300];
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        ssize_t len = readlink(path, target, sizeof target - 1);
        target[len > 0 ? len : 0] = '\0';
        count += !strncmp(target, "/memfd:", 7);
    }
    closedir(folder);
    return count;
}

static void a_cluster_is_reached_with_its_own_ca_and_certificate(void **state)
{
    static const struct {
        bool ca, client;
    } rows[] = {{true, true}, {true, false}, {false, true}};
    struct cluster cluster;
    struct script script;

    (void)state;
    unsetenv("HTTPS_PROXY");
    unsetenv("https_proxy");
    unsetenv("SSL_CERT_FILE");
    cluster_init(&cluster);
    setenv("TMPDIR", cluster.folder, 1);
    script_init(&script, 1000);
    struct base_http_client_config config = {.proxy = ""};
    struct az_client az = script.az;
    az.http = base_http_client_new(&config);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_error err = {0};
        cJSON *out;
        char *text = cluster_config(&cluster, rows[i].ca, rows[i].client);
        az_kubernetes_t *k8s = az_kubernetes_open(&az, text, strlen(text), &err);
        assert_non_null(k8s);
        assert_int_equal(nameless_files(), rows[i].ca + 2 * rows[i].client);
        enum base_status status = az_kubernetes_get(k8s, PODS, &out, &err);
        assert_int_equal(status, rows[i].ca ? BASE_OK : BASE_UNAVAILABLE);
        if (rows[i].ca) {
            assert_string_equal(base_json_text(out, "authorization"), "Bearer " TOKEN);
            assert_true(
                base_equal(base_json_text(out, "subject"), rows[i].client ? "system:admin" : NULL));
        }
        cJSON_Delete(out);
        az_kubernetes_close(k8s);
        free(text);
    }
    assert_int_equal(nameless_files(), 0);
    base_http_client_free(az.http);
    script_release(&script);
    cluster_release(&cluster);
    unsetenv("TMPDIR");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kubeconfig_opens_as_yaml_and_as_json),
        TEST(missing_parts_are_named),
        TEST(what_is_not_spoken_is_named),
        TEST(what_is_no_kubeconfig_is_not_shown),
        TEST(refusals_have_the_meaning_of_their_reason),
        TEST(writes_use_the_verbs_and_types_of_the_api),
        TEST(what_is_absent_is_deleted),
        TEST(apply_creates_what_is_absent),
        TEST(apply_writes_nothing_when_nothing_changes),
        TEST(apply_merges_what_changes),
        TEST(apply_looks_again_when_somebody_was_quicker),
        TEST(apply_reports_what_went_wrong),
        TEST(a_canceled_client_cancels_the_cluster_too),
        cmocka_unit_test(a_cluster_is_reached_with_its_own_ca_and_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
