/* Decides which token a pod gets: that of an identity bound to it, out of the instance metadata service. */
#include "simulators/aks/nmi.h"

#include "common/http_server.h"
#include "simulators/aks/meta.h"

#include <stdlib.h>
#include <string.h>

#define IMDS "http://169.254.169.254"
#define TOKEN_PATH "/metadata/identity/oauth2/token"
#define POLL_MS 5000  /* clock */
#define LEAST_MS 2000 /* real */
#define POLLS 20      /* 16 for an assignment to be created, 4 more for it to be assigned */

struct aks_nmi {
    struct aks *aks;
    struct aks_cluster *cluster;
    char *ns, *pod;
    bool stopping; /* under the room's lock */
    base_http_server_t *server;
};

struct wanted { /* which identity was asked for; NULL: any */
    const char *resource, *client_id, *resource_id;
};

static void refuse(struct base_http_response *response, int status, const char *fmt, ...)
    BASE_PRINTF(3, 4);
static char *find_identity(struct aks_nmi *nmi, const struct wanted *wanted, bool *any);
static char *await_identity(struct aks_nmi *nmi, const struct wanted *wanted, bool *any,
                            bool *stopped);
static void answer_token(struct aks_nmi *nmi, const struct wanted *wanted, const char *identity,
                         struct base_http_response *response);
static void proxy(struct aks_nmi *nmi, const struct base_http_request *request,
                  struct base_http_response *response);
static void all_texts(struct base_http_response *answer);

aks_nmi_t *aks_nmi_start(struct aks_cluster *cluster, const char *ns, const char *pod,
                         struct base_error *err)
{
    aks_nmi_t *nmi = aks_nmi_new(cluster, ns, pod);
    struct base_http_listen listen = {.handler = aks_nmi_handle, .context = nmi};

    nmi->server = base_http_server_start(&listen, err);
    if (nmi->server)
        return nmi;
    aks_nmi_stop(nmi);
    return NULL;
}

aks_nmi_t *aks_nmi_new(struct aks_cluster *cluster, const char *ns, const char *pod)
{
    aks_nmi_t *nmi = base_alloc(sizeof *nmi);

    nmi->aks = cluster->aks;
    nmi->cluster = cluster;
    nmi->ns = base_strdup(ns);
    nmi->pod = base_strdup(pod);
    return nmi;
}

int aks_nmi_port(const aks_nmi_t *nmi)
{
    return base_http_server_port(nmi->server);
}

void aks_nmi_stop(aks_nmi_t *nmi)
{
    if (!nmi)
        return;
    aks_lock(nmi->aks);
    nmi->stopping = true;
    aks_changed(nmi->aks);
    aks_unlock(nmi->aks);
    base_http_server_stop(nmi->server);
    free(nmi->ns);
    free(nmi->pod);
    free(nmi);
}

void aks_nmi_handle(void *context, const struct base_http_request *request,
                    struct base_http_response *response)
{
    struct aks_nmi *nmi = context;
    const char *header = base_headers_get(request->headers, "Metadata");
    struct base_arena *arena = request->arena;
    struct wanted wanted = {
        .resource = base_query_get(arena, request->query, "resource"),
        .client_id = base_query_get(arena, request->query, "client_id"),
        .resource_id = base_query_get(arena, request->query, "msi_res_id"),
    };
    bool token = base_equal_nocase(request->path, TOKEN_PATH) ||
                 base_equal_nocase(request->path, TOKEN_PATH "/");
    bool any = false, stopped = false;

    if (!wanted.resource_id)
        wanted.resource_id = base_query_get(arena, request->query, "mi_res_id");
    if (!token && base_starts_nocase(request->path, "/metadata/identity/")) {
        refuse(response, 400, "Invalid request");
        return;
    }
    if (!header || !base_equal_nocase(header, "true")) {
        base_http_answer_text(response, 400, "application/json",
                              "{\"error\":\"invalid_request\",\"error_description\":\"Required "
                              "metadata header not specified\"}");
        return;
    }
    if (!token) {
        proxy(nmi, request, response);
        return;
    }
    if (!wanted.resource || !*wanted.resource) {
        refuse(response, 400, "parameter resource cannot be empty");
        return;
    }
    char *identity = await_identity(nmi, &wanted, &any, &stopped);
    if (identity)
        answer_token(nmi, &wanted, identity, response);
    else if (stopped)
        refuse(response, 503, "this pod is being stopped");
    else if (any)
        refuse(response, 404, "no azure identity of pod %s/%s matches %s", nmi->ns, nmi->pod,
               wanted.client_id     ? wanted.client_id
               : wanted.resource_id ? wanted.resource_id
                                    : "the request");
    else
        refuse(response, 404,
               "getting assigned identities for pod %s/%s in CREATED state failed after 16 "
               "attempts, retry duration [5]s. "
               "Error: no assigned identity found for pod",
               nmi->ns, nmi->pod);
    free(identity);
}

static void refuse(struct base_http_response *response, int status, const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    base_http_answer_text(response, status, "text/plain; charset=utf-8", text.data);
    base_buf_release(&text);
}

/* Lock held. The resource id of the identity to use; *any: the pod has one, if not this. */
static char *find_identity(struct aks_nmi *nmi, const struct wanted *wanted, bool *any)
{
    const struct aks_table *all = &nmi->cluster->tables[AKS_ASSIGNED_IDENTITY];

    for (size_t i = 0; i < all->count; i++) {
        const cJSON *body = all->items[i]->body;
        const char *client = base_json_text(body, "spec.azureIdentityRef.spec.clientID");
        const char *resource = base_json_text(body, "spec.azureIdentityRef.spec.resourceID");
        if (!base_equal(base_json_text(body, "spec.pod"), nmi->pod) ||
            !base_equal(base_json_text(body, "spec.podNamespace"), nmi->ns) ||
            !base_equal(base_json_text(body, "status.status"), "Assigned"))
            continue;
        *any = true;
        bool fits =
            (!wanted->client_id || (client && base_equal_nocase(client, wanted->client_id))) &&
            (!wanted->resource_id ||
             (resource && base_equal_nocase(resource, wanted->resource_id)));
        if (fits && resource)
            return base_strdup(resource);
    }
    return NULL;
}

/* An assignment may be on its way: NMI polls for it. */
static char *await_identity(struct aks_nmi *nmi, const struct wanted *wanted, bool *any,
                            bool *stopped)
{
    int64_t patience = base_clock_real(sim_world_clock(nmi->aks->world), (int64_t)POLL_MS * POLLS);
    int64_t until = base_monotonic_ms() + (patience > LEAST_MS ? patience : LEAST_MS);
    char *identity = NULL;

    aks_lock(nmi->aks);
    for (;;) {
        int64_t left = until - base_monotonic_ms();
        identity = find_identity(nmi, wanted, any);
        *stopped = nmi->stopping || nmi->aks->stopping;
        if (identity || *any || *stopped || left <= 0)
            break;
        aks_wait(nmi->aks, left);
    }
    aks_unlock(nmi->aks);
    return identity;
}

static void answer_token(struct aks_nmi *nmi, const struct wanted *wanted, const char *identity,
                         struct base_http_response *response)
{
    struct base_headers headers = {0};
    struct base_buf url = {0};
    struct base_http_response answer = {0};

    base_buf_puts(&url, IMDS TOKEN_PATH);
    base_query_add(&url, "api-version", "2018-02-01");
    base_query_add(&url, "resource", wanted->resource);
    base_query_add(&url, "msi_res_id", identity);
    base_headers_add(&headers, "Metadata", "true");
    sim_call(nmi->aks->world, "aks", "GET", url.data, &headers, NULL, &answer);
    if (answer.status == 200) {
        all_texts(&answer);
        base_http_answer_text(response, 200, "application/json", answer.body.data);
    } else if (answer.status >= 500 || answer.status == 0) {
        refuse(response, 503, "the instance metadata service answered %d", answer.status);
    } else {
        refuse(response, 403, "failed to get service principal token for %s: %s", identity,
               answer.body.data ? answer.body.data : "");
    }
    base_http_response_release(&answer);
    base_headers_release(&headers);
    base_buf_release(&url);
}

static void proxy(struct aks_nmi *nmi, const struct base_http_request *request,
                  struct base_http_response *response)
{
    char *url =
        base_asprintf(IMDS "%s%s%s", request->path, *request->query ? "?" : "", request->query);

    sim_call(nmi->aks->world, "aks", request->method, url, request->headers, request->body,
             response);
    free(url);
}

/* NMI's answer has texts only, and an empty refresh token. */
static void all_texts(struct base_http_response *answer)
{
    struct base_error err = {0};
    cJSON *token = base_json_parse(answer->body.data, answer->body.len, &err);

    if (!cJSON_IsObject(token)) {
        cJSON_Delete(token);
        return;
    }
    for (cJSON *member = token->child, *next; member; member = next) {
        next = member->next;
        char *name = base_strdup(member->string);
        if (cJSON_IsNumber(member))
            base_json_set(token, name, base_json_textf("%.0f", member->valuedouble));
        free(name);
    }
    base_json_set_text(token, "refresh_token", "");
    base_buf_clear(&answer->body);
    base_json_append(&answer->body, token);
    cJSON_Delete(token);
}
