/* Decides how a kubeconfig is opened: the current context's server, CA and credential. */
#include "azure/kubernetes_private.h"

#include "azure/private.h"
#include "common/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct chosen { /* by the current context; borrowed from the tree */
    const char *context_name, *cluster_name, *user_name;
    const cJSON *cluster, *user;
};

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

static enum base_status lacks(struct base_error *err, const char *target, const char *fmt, ...)
    BASE_PRINTF(3, 4);
static enum base_status lacks(struct base_error *err, const char *target, const char *fmt, ...)
{
    struct base_error found = {0};
    char sentence[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof sentence, fmt, args);
    va_end(args);
    base_error_set(&found, BASE_INVALID, "InvalidKubeconfig", "kubeconfig: %s", sentence);
    base_error_target(&found, "%s", target);
    return az_report(&found, err);
}

static enum base_status choose(const cJSON *root, struct chosen *out, struct base_error *err)
{
    out->context_name = base_json_text(root, "current-context");
    if (!out->context_name || !*out->context_name)
        return lacks(err, "current-context", "there is no current-context");
    const cJSON *context = named(root, "contexts", out->context_name, "context");
    if (!context)
        return lacks(err, "contexts", "there is no context \"%s\", the current one",
                     out->context_name);
    out->cluster_name = base_json_text(context, "cluster");
    out->user_name = base_json_text(context, "user");
    if (!out->cluster_name || !out->user_name)
        return lacks(err, "contexts", "the context \"%s\" names no %s", out->context_name,
                     out->cluster_name ? "user" : "cluster");
    out->cluster = named(root, "clusters", out->cluster_name, "cluster");
    if (!out->cluster)
        return lacks(err, "clusters", "there is no cluster \"%s\"", out->cluster_name);
    out->user = named(root, "users", out->user_name, "user");
    if (!out->user)
        return lacks(err, "users", "there is no user \"%s\"", out->user_name);
    return BASE_OK;
}

/* What other clients speak and this one does not: better said than half done. */
static enum base_status refuse_unknown(const struct chosen *chosen, struct base_error *err)
{
    static const char *const of_cluster[] = {"certificate-authority", "insecure-skip-tls-verify",
                                             "proxy-url", "tls-server-name"};
    static const char *const of_user[] = {"exec",     "auth-provider",      "tokenFile",
                                          "username", "client-certificate", "client-key"};
    const char *found = NULL;

    for (size_t i = 0; i < sizeof of_cluster / sizeof *of_cluster && !found; i++)
        if (base_json_at(chosen->cluster, of_cluster[i]) &&
            !cJSON_IsFalse(base_json_at(chosen->cluster, of_cluster[i])))
            found = of_cluster[i];
    for (size_t i = 0; i < sizeof of_user / sizeof *of_user && !found; i++)
        if (base_json_at(chosen->user, of_user[i]) && !base_json_text(chosen->user, "token"))
            found = of_user[i];
    if (!found)
        return BASE_OK;
    struct base_error refused = {0};
    base_error_set(&refused, BASE_UNSUPPORTED, "InvalidKubeconfig",
                   "kubeconfig: %s is not supported; expected a token, or client-certificate-data "
                   "and client-key-data, and certificate-authority-data",
                   found);
    base_error_target(&refused, "%s", found);
    return az_report(&refused, err);
}

static enum base_status check_user(const struct chosen *chosen, struct base_error *err)
{
    const char *token = base_json_text(chosen->user, "token");
    bool certificate = base_json_text(chosen->user, "client-certificate-data"),
         key = base_json_text(chosen->user, "client-key-data");

    if (certificate != key)
        return lacks(err, "users", "the user \"%s\" has %s but no %s", chosen->user_name,
                     key ? "client-key-data" : "client-certificate-data",
                     key ? "client-certificate-data" : "client-key-data");
    if (!certificate && !(token && *token))
        return lacks(err, "users",
                     "the user \"%s\" has neither a token nor client-certificate-data",
                     chosen->user_name);
    return BASE_OK;
}

static enum base_status read_server(az_kubernetes_t *k8s, const struct chosen *chosen,
                                    struct base_error *err)
{
    const char *server = base_json_text(chosen->cluster, "server");
    size_t len = server ? strlen(server) : 0;

    while (len && server[len - 1] == '/')
        len--;
    if (!len)
        return lacks(err, "clusters", "the cluster \"%s\" has no server", chosen->cluster_name);
    if (!base_starts_nocase(server, "https://") && !base_starts_nocase(server, "http://"))
        return lacks(err, "clusters", "the server of the cluster \"%s\" is not an http(s) URL",
                     chosen->cluster_name);
    k8s->server = base_strndup(server, len);
    return BASE_OK;
}

static bool write_all(int fd, const struct base_buf *data)
{
    for (size_t done = 0; done < data->len;) {
        ssize_t put = write(fd, data->data + done, data->len - done);
        if (put < 0 && errno != EINTR)
            return false;
        done += put > 0 ? (size_t)put : 0;
    }
    return true;
}

/* Decodes base64 member `member` of `node` into a file that lives as long as its descriptor;
 * *fd stays 0 when the member is absent. */
static enum base_status read_data(const cJSON *node, const char *member, int *fd,
                                  struct base_error *err)
{
    const char *text = base_json_text(node, member);
    struct base_buf data = {0};
    enum base_status status = BASE_OK;

    if (!text)
        return BASE_OK;
    base_buf_reserve(&data, strlen(text));
    if (!base_base64_decode(&data, text, strlen(text)) || !data.len) {
        status = lacks(err, member, "%s is not base64", member);
    } else {
        int made = memfd_create(member, MFD_CLOEXEC);
        *fd = made > 0 ? made : 0;
        if (made < 0 || !write_all(made, &data))
            status = base_error_set(err, BASE_IO, NULL, "kubeconfig: %s cannot be kept: %s", member,
                                    strerror(errno));
    }
    az_secret_release(&data);
    return status;
}

static char *path_of(int fd)
{
    return fd ? base_asprintf("/proc/self/fd/%d", fd) : NULL;
}

static enum base_status make_client(az_kubernetes_t *k8s, const struct chosen *chosen,
                                    struct base_error *err)
{
    const struct {
        const cJSON *node;
        const char *member;
    } members[3] = {{chosen->cluster, "certificate-authority-data"},
                    {chosen->user, "client-certificate-data"},
                    {chosen->user, "client-key-data"}};
    char *paths[3];

    for (size_t i = 0; i < 3; i++) {
        enum base_status status =
            read_data(members[i].node, members[i].member, &k8s->files[i], err);
        if (status != BASE_OK)
            return status;
    }
    if (base_http_client_is_loopback(k8s->az.http)) {
        k8s->http = k8s->az.http;
        k8s->borrowed = true;
        return BASE_OK;
    }
    for (size_t i = 0; i < 3; i++)
        paths[i] = path_of(k8s->files[i]);
    struct base_http_client_config config = {
        .ca_file = paths[0], .client_cert = paths[1], .client_key = paths[2]};
    k8s->http = base_http_client_new(&config);
    for (size_t i = 0; i < 3; i++)
        free(paths[i]);
    return BASE_OK;
}

/* Where the text goes wrong. The loader's own sentence shows the line, which may hold a token. */
static enum base_status unreadable(const struct base_error *found, struct base_error *err)
{
    int line = 0, column = 0;
    const char *place = strchr(found->message, ':');

    if (place && sscanf(place, ":%d:%d:", &line, &column) == 2)
        return lacks(err, "", "line %d, column %d: this is not YAML (or JSON) as it should be",
                     line, column);
    return lacks(err, "", "this is not YAML (or JSON) as it should be");
}

static bool is_json(const char *text, size_t len)
{
    while (len && isspace((unsigned char)*text)) {
        text++;
        len--;
    }
    return len && *text == '{';
}

static enum base_status read_config(az_kubernetes_t *k8s, const cJSON *root, struct base_error *err)
{
    struct chosen chosen = {0};
    enum base_status status = choose(root, &chosen, err);

    if (status == BASE_OK)
        status = read_server(k8s, &chosen, err);
    if (status == BASE_OK)
        status = refuse_unknown(&chosen, err);
    if (status == BASE_OK)
        status = check_user(&chosen, err);
    if (status == BASE_OK) {
        k8s->token = base_strdup(base_json_text(chosen.user, "token"));
        status = make_client(k8s, &chosen, err);
    }
    return status;
}

az_kubernetes_t *az_kubernetes_open(const struct az_client *az, const char *kubeconfig, size_t len,
                                    struct base_error *err)
{
    struct base_error found = {0};
    const char *name = is_json(kubeconfig, len) ? "kubeconfig.json" : "kubeconfig.yaml";
    base_source_t *source = base_source_parse(name, kubeconfig, len, &found);

    if (!source) {
        unreadable(&found, err);
        return NULL;
    }
    az_kubernetes_t *k8s = base_alloc(sizeof *k8s);
    k8s->az = *az;
    if (read_config(k8s, base_source_root(source), err) != BASE_OK) {
        az_kubernetes_close(k8s);
        k8s = NULL;
    }
    base_source_free(source);
    return k8s;
}

void az_kubernetes_use(az_kubernetes_t *k8s, const struct az_client *az)
{
    k8s->az = *az;
    if (k8s->borrowed)
        k8s->http = az->http;
}

void az_kubernetes_close(az_kubernetes_t *k8s)
{
    if (!k8s)
        return;
    if (!k8s->borrowed)
        base_http_client_free(k8s->http);
    for (size_t i = 0; i < sizeof k8s->files / sizeof *k8s->files; i++)
        if (k8s->files[i])
            close(k8s->files[i]);
    free(k8s->server);
    az_secret_free(k8s->token);
    free(k8s);
}
