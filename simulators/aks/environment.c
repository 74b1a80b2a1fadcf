/* Decides the environment and the arguments of a container's process. Source: facts kubernetes.md 5; what is added is the contract of the
 * programs' world (README). */
#include "simulators/aks/pod_run.h"

#include "simulators/aks/meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPAND_MAX 65536

/* Given on from our own environment. */
static const char *const inherited[] = {
    "PATH",         "HOME",          "TZ",           "LANG",           "IOMT_CLOCK", "ASAN_OPTIONS",
    "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"};

struct env {
    char **items;
    size_t count;
};

static void set(struct env *env, const char *name, const char *value);
static const char *get(char *const *items, const char *name);
static void add_world(struct env *env, const struct aks_pod_run *run,
                      const struct aks_container *container);
static bool add_from(struct env *env, const struct aks_pod_run *run, const cJSON *source,
                     char **why);
static bool add_entry(struct env *env, const struct aks_pod_run *run, const cJSON *entry,
                      char **why);
static bool key_value(const struct aks_pod_run *run, const cJSON *source, bool secret, char **value,
                      char **why);
static char *field_value(const struct aks_pod_run *run, const char *path);
static char *decoded(const char *text);
static char *expand(const char *text, char *const *env);

char **aks_environment(const struct aks_pod_run *run, const struct aks_container *container,
                       char **why)
{
    const cJSON *entry, *spec = aks_container_spec(run, container);
    struct env env = {base_alloc(sizeof *env.items), 0};
    bool good = true;

    *why = NULL;
    add_world(&env, run, container);
    aks_lock(run->aks);
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(spec, "envFrom")) good =
        good && add_from(&env, run, entry, why);
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(spec, "env")) good =
        good && add_entry(&env, run, entry, why);
    aks_unlock(run->aks);
    if (good)
        return env.items;
    aks_strings_free(env.items);
    return NULL;
}

char **aks_arguments(const struct aks_pod_run *run, const struct aks_container *container,
                     const char *program, char *const *env)
{
    const cJSON *word, *spec = aks_container_spec(run, container),
                       *command = cJSON_GetObjectItemCaseSensitive(spec, "command");
    const cJSON *args = cJSON_GetObjectItemCaseSensitive(spec, "args");
    size_t most = (size_t)cJSON_GetArraySize(command) + (size_t)cJSON_GetArraySize(args) + 2,
           count = 0;
    char **words = base_alloc(most * sizeof *words);

    words[count++] = base_strdup(program);
    cJSON_ArrayForEach(word, command)
    {
        if (word != command->child)
            words[count++] = expand(cJSON_GetStringValue(word), env);
    }
    cJSON_ArrayForEach(word, args)
    {
        words[count++] = expand(cJSON_GetStringValue(word), env);
    }
    return words;
}

void aks_strings_free(char **strings)
{
    for (size_t i = 0; strings && strings[i]; i++)
        free(strings[i]);
    free(strings);
}

static void set(struct env *env, const char *name, const char *value)
{
    size_t len = strlen(name), at = 0;

    while (at < env->count &&
           !(strncmp(env->items[at], name, len) == 0 && env->items[at][len] == '='))
        at++;
    if (at < env->count) {
        free(env->items[at]);
    } else {
        env->items = base_realloc(env->items, (env->count + 2) * sizeof *env->items);
        env->items[++env->count] = NULL;
    }
    env->items[at] = base_asprintf("%s=%s", name, value);
}

static const char *get(char *const *items, const char *name)
{
    size_t len = strlen(name);

    for (; *items; items++)
        if (strncmp(*items, name, len) == 0 && (*items)[len] == '=')
            return *items + len + 1;
    return NULL;
}

/* What the pod's world is reached by. The spec may overrule any of it. */
static void add_world(struct env *env, const struct aks_pod_run *run,
                      const struct aks_container *container)
{
    const char *proxy = sim_setting(run->aks->world, "proxy"),
               *ca = sim_setting(run->aks->world, "ca-file");
    char port[16], authority[64];

    for (size_t i = 0; i < sizeof inherited / sizeof *inherited; i++)
        if (getenv(inherited[i]))
            set(env, inherited[i], getenv(inherited[i]));
    if (proxy)
        set(env, "HTTPS_PROXY", proxy);
    if (ca)
        set(env, "SSL_CERT_FILE", ca);
    set(env, "NO_PROXY", "127.0.0.1,localhost");
    set(env, "HOSTNAME", run->name);
    set(env, "KUBERNETES_SERVICE_HOST", run->cluster->fqdn);
    set(env, "KUBERNETES_SERVICE_PORT", "443");
    if (run->nmi) {
        snprintf(authority, sizeof authority, "http://127.0.0.1:%d", aks_nmi_port(run->nmi));
        set(env, "AZURE_POD_IDENTITY_AUTHORITY_HOST", authority);
    }
    if (container->port) {
        snprintf(port, sizeof port, "%d", container->port);
        set(env, "HEALTH_PORT", port);
    }
}

/* A whole config map or secret. Lock held. */
static bool add_from(struct env *env, const struct aks_pod_run *run, const cJSON *source,
                     char **why)
{
    const cJSON *secret = cJSON_GetObjectItemCaseSensitive(source, "secretRef");
    const cJSON *reference =
                    secret ? secret : cJSON_GetObjectItemCaseSensitive(source, "configMapRef"),
                *entry;
    const char *name = base_json_text(reference, "name"),
               *prefix = base_json_text(source, "prefix");
    const struct aks_object *object =
        name ? aks_store_get(run->cluster, aks_kind_at(secret ? AKS_SECRET : AKS_CONFIG_MAP),
                             run->ns, name)
             : NULL;

    if (!object) {
        if (base_json_true(reference, "optional"))
            return true;
        *why =
            base_asprintf("%s \"%s\" not found", secret ? "secret" : "configmap", name ? name : "");
        return false;
    }
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(object->body, "data"))
    {
        char *full = base_asprintf("%s%s", prefix ? prefix : "", entry->string);
        char *value = secret ? decoded(cJSON_GetStringValue(entry))
                             : base_strdup(cJSON_GetStringValue(entry));
        set(env, full, value);
        free(full);
        free(value);
    }
    return true;
}

/* Lock held. */
static bool add_entry(struct env *env, const struct aks_pod_run *run, const cJSON *entry,
                      char **why)
{
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(entry, "valueFrom"),
                *secret = cJSON_GetObjectItemCaseSensitive(from, "secretKeyRef");
    const cJSON *map = cJSON_GetObjectItemCaseSensitive(from, "configMapKeyRef");
    const char *name = base_json_text(entry, "name"), *plain = base_json_text(entry, "value"),
               *field = base_json_text(from, "fieldRef.fieldPath");
    char *value = NULL;

    if (secret || map) {
        if (!key_value(run, secret ? secret : map, secret != NULL, &value, why))
            return false;
        if (!value) /* optional, and absent */
            return true;
    } else if (field) {
        value = field_value(run, field);
        if (!value)
            *why = base_asprintf("unsupported fieldPath: %s", field);
    } else if (from) {
        *why = base_strdup("resourceFieldRef is not supported: containers are plain processes");
    } else {
        value = expand(plain ? plain : "", env->items);
    }
    if (value)
        set(env, name, value);
    free(value);
    return !*why;
}

/* Lock held. */
static bool key_value(const struct aks_pod_run *run, const cJSON *source, bool secret, char **value,
                      char **why)
{
    const char *name = base_json_text(source, "name"), *key = base_json_text(source, "key");
    const struct aks_object *object =
        name ? aks_store_get(run->cluster, aks_kind_at(secret ? AKS_SECRET : AKS_CONFIG_MAP),
                             run->ns, name)
             : NULL;
    const cJSON *data = object ? cJSON_GetObjectItemCaseSensitive(object->body, "data") : NULL;
    const char *text =
        key ? cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, key)) : NULL;

    if (text)
        *value = secret ? decoded(text) : base_strdup(text);
    else if (base_json_true(source, "optional"))
        *value = NULL;
    else if (!object)
        *why =
            base_asprintf("%s \"%s\" not found", secret ? "secret" : "configmap", name ? name : "");
    else
        *why = base_asprintf("couldn't find key %s in %s %s/%s", key ? key : "",
                             secret ? "Secret" : "ConfigMap", run->ns, name);
    return !*why;
}

static char *field_value(const struct aks_pod_run *run, const char *path)
{
    static const struct {
        const char *field, *at;
    } plain[] = {{"metadata.name", "metadata.name"},
                 {"metadata.namespace", "metadata.namespace"},
                 {"metadata.uid", "metadata.uid"},
                 {"spec.nodeName", "spec.nodeName"},
                 {"spec.serviceAccountName", "spec.serviceAccountName"}};
    static const struct {
        const char *start, *map;
    } maps[] = {{"metadata.labels['", "metadata.labels"},
                {"metadata.annotations['", "metadata.annotations"}};

    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (base_equal(path, plain[i].field)) {
            const char *text = base_json_text(run->object->body, plain[i].at);
            return base_strdup(text ? text : "");
        }
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        size_t len = strlen(maps[i].start), whole = strlen(path);
        if (strncmp(path, maps[i].start, len) != 0 || whole < len + 2 ||
            !base_equal(path + whole - 2, "']"))
            continue;
        char *key = base_strndup(path + len, whole - len - 2);
        const char *text = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(base_json_at(run->object->body, maps[i].map), key));
        free(key);
        return base_strdup(text ? text : "");
    }
    if (base_equal(path, "status.podIP") || base_equal(path, "status.podIPs"))
        return base_strdup(run->ip);
    return base_equal(path, "status.hostIP") ? base_strdup("127.0.0.1") : NULL;
}

static char *decoded(const char *text)
{
    struct base_buf raw = {0};

    (void)base_base64_decode(&raw, text, strlen(text));
    return base_buf_take(&raw);
}

/* $(NAME) becomes its value when there is one; $$ is one $. */
static char *expand(const char *text, char *const *env)
{
    struct base_buf out = {0};

    for (const char *at = text; *at && out.len < EXPAND_MAX; at++) {
        const char *end = at[0] == '$' && at[1] == '(' ? strchr(at, ')') : NULL;
        char *name = end ? base_strndup(at + 2, (size_t)(end - at - 2)) : NULL;
        const char *value = name ? get(env, name) : NULL;
        if (value) {
            base_buf_puts(&out, value);
            at = end;
        } else {
            base_buf_putc(&out, *at);
            at += at[0] == '$' && at[1] == '$';
        }
        free(name);
    }
    return base_buf_take(&out);
}
