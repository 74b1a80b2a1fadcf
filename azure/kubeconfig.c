/* Decides how a kubeconfig is opened: the current context's server, CA and credential. */
#include "azure/kubernetes_private.h"

#include "common/file.h"
#include "common/yaml.h"

#include <stdlib.h>
#include <string.h>

/* The element of the named list whose `name` is `name`, its member `member`. */
static const cJSON *named(const cJSON *root, const char *list, const char *name, const char *member)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, base_json_at(root, list))
    {
        if (base_equal(base_json_text(item, "name"), name))
            return base_json_at(item, member);
    }
    return NULL;
}

/* Decodes base64 member `member` of `node` into {folder}/{file}; *path is NULL when the member is
 * absent. */
static enum base_status write_data(az_kubernetes_t *k8s, const cJSON *node, const char *member,
                                   const char *file, char **path, struct base_error *err)
{
    const char *text = base_json_text(node, member);
    struct base_buf data = {0};
    enum base_status status;

    *path = NULL;
    if (!text)
        return BASE_OK;
    if (!base_base64_decode(&data, text, strlen(text))) {
        status = base_error_set(err, BASE_INVALID, NULL, "kubeconfig: %s is not base64", member);
    } else {
        *path = base_asprintf("%s/%s", k8s->folder, file);
        status = base_file_write(*path, data.data, data.len, 0600, err);
    }
    base_buf_release(&data);
    return status;
}

static enum base_status make_folder(az_kubernetes_t *k8s, struct base_error *err)
{
    const char *parent = getenv("TMPDIR");
    char *folder = base_asprintf("%s/kubeconfig-XXXXXX", parent && *parent ? parent : "/tmp");

    if (!mkdtemp(folder)) {
        free(folder);
        return base_error_set(err, BASE_IO, NULL, "kubeconfig: no temporary folder can be made");
    }
    k8s->folder = folder;
    return BASE_OK;
}

static enum base_status make_client(az_kubernetes_t *k8s, const cJSON *cluster, const cJSON *user,
                                    struct base_error *err)
{
    char *ca = NULL, *certificate = NULL, *key = NULL;

    if (base_http_client_is_loopback(k8s->az.http)) {
        k8s->http = k8s->az.http;
        k8s->borrowed = true;
        return BASE_OK;
    }
    enum base_status status = make_folder(k8s, err);

    if (status == BASE_OK)
        status = write_data(k8s, cluster, "certificate-authority-data", "ca.pem", &ca, err);
    if (status == BASE_OK)
        status = write_data(k8s, user, "client-certificate-data", "client.pem", &certificate, err);
    if (status == BASE_OK)
        status = write_data(k8s, user, "client-key-data", "client-key.pem", &key, err);
    if (status == BASE_OK) {
        struct base_http_client_config config = {
            .ca_file = ca, .client_cert = certificate, .client_key = key};
        k8s->http = base_http_client_new(&config);
    }
    free(ca);
    free(certificate);
    free(key);
    return status;
}

static enum base_status read_config(az_kubernetes_t *k8s, const cJSON *root, struct base_error *err)
{
    const char *current = base_json_text(root, "current-context");
    const cJSON *context = current ? named(root, "contexts", current, "context") : NULL;
    const char *cluster_name = base_json_text(context, "cluster"),
               *user_name = base_json_text(context, "user");
    const cJSON *cluster = cluster_name ? named(root, "clusters", cluster_name, "cluster") : NULL;
    const cJSON *user = user_name ? named(root, "users", user_name, "user") : NULL;
    const char *server = base_json_text(cluster, "server");

    if (!context || !server || !user)
        return base_error_set(err, BASE_INVALID, NULL,
                              "kubeconfig: no %s for the current context \"%s\"",
                              !context  ? "context"
                              : !server ? "cluster server"
                                        : "user",
                              current ? current : "");
    size_t len = strlen(server);
    while (len && server[len - 1] == '/')
        len--;
    k8s->server = base_strndup(server, len);
    k8s->token = base_strdup(base_json_text(user, "token"));
    return make_client(k8s, cluster, user, err);
}

az_kubernetes_t *az_kubernetes_open(const struct az_client *az, const char *kubeconfig, size_t len,
                                    struct base_error *err)
{
    const char *name = *kubeconfig == '{' ? "kubeconfig.json" : "kubeconfig.yaml";
    base_source_t *source = base_source_parse(name, kubeconfig, len, err);

    if (!source)
        return NULL;
    az_kubernetes_t *k8s = base_alloc(sizeof *k8s);
    k8s->az = *az;
    if (read_config(k8s, base_source_root(source), err) != BASE_OK) {
        az_kubernetes_close(k8s);
        k8s = NULL;
    }
    base_source_free(source);
    return k8s;
}

void az_kubernetes_close(az_kubernetes_t *k8s)
{
    if (!k8s)
        return;
    if (!k8s->borrowed)
        base_http_client_free(k8s->http);
    if (k8s->folder)
        base_ignore(base_dir_remove(k8s->folder, NULL));
    free(k8s->folder);
    free(k8s->server);
    free(k8s->token);
    free(k8s);
}
