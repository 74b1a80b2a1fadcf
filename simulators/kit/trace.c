/* Decides what of an exchange is kept and what is masked. */
#include "simulators/kit/trace.h"
#include "simulators/kit/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT 20000
#define BODY_MAX 4096
#define MASK "***"

struct sim_trace {
    pthread_mutex_t lock;
    cJSON *ring[KEPT];
    int64_t next; /* sequence number of the next exchange; from 1 */
    FILE *file;
};

/* Members and form fields that hold a secret, wherever they stand. */
static const char *const secret_names[] = {
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "client_assertion",
    "assertion",
    "password",
    "pwd",
    "primaryKey",
    "secondaryKey",
    "primaryConnectionString",
    "secondaryConnectionString",
    "kubeconfigs",
    "secretText",
    "sig",
    "token",
    "stringData",
};

/* Bodies whose "value" or "data" is the secret itself, by the service. */
static bool is_secret_name(const char *name)
{
    for (size_t i = 0; i < sizeof secret_names / sizeof *secret_names; i++)
        if (base_equal_nocase(name, secret_names[i]))
            return true;
    return false;
}

/* The value of a Key Vault secret or certificate. */
static bool is_long_value(const cJSON *item)
{
    return base_equal(item->string, "value") && cJSON_IsString(item) &&
           strlen(item->valuestring) > 64;
}

static void mask_json(cJSON *node, bool values)
{
    for (cJSON *item = node->child; item; item = item->next) {
        if (item->string && (is_secret_name(item->string) || (values && is_long_value(item))) &&
            !cJSON_IsNull(item)) {
            cJSON *mask = cJSON_CreateString(MASK);
            char *name = base_strdup(item->string);
            cJSON_ReplaceItemInObjectCaseSensitive(node, name, mask);
            free(name);
            item = mask;
        } else {
            mask_json(item, values);
        }
    }
}

static void mask_form(const char *body, struct base_buf *out)
{
    while (*body) {
        size_t len = strcspn(body, "&"), name_len = strcspn(body, "=&");
        char name[64] = "";
        if (name_len < sizeof name)
            memcpy(name, body, name_len);
        if (name_len < len && is_secret_name(name))
            base_buf_printf(out, "%s=" MASK, name);
        else
            base_buf_append(out, body, len);
        body += len;
        if (*body)
            base_buf_putc(out, *body++);
    }
}

static bool begins_secret(const char *name)
{
    for (size_t i = 0; i < sizeof secret_names / sizeof *secret_names; i++)
        if (strncasecmp(name, secret_names[i], strlen(secret_names[i])) == 0)
            return true;
    return false;
}

/* Taking a body apart costs more than looking for a secret's name in it: they stand after a quote (JSON), at the start or after an
 * ampersand (forms). */
static bool may_hold_secret(const char *body)
{
    bool starts[256] = {false};

    for (size_t i = 0; i < sizeof secret_names / sizeof *secret_names; i++)
        starts[(unsigned char)secret_names[i][0]] = true;
    if (begins_secret(body))
        return true;
    for (const char *at = body; (at = strpbrk(at, "\"&")) != NULL; at++)
        if (starts[(unsigned char)at[1] | 0x20] && begins_secret(at + 1))
            return true;
    return false;
}

static bool secure_type(const cJSON *declaration)
{
    const char *type = cJSON_GetStringValue(base_json_at_nocase(declaration, "type"));

    return base_equal_nocase(type, "securestring") || base_equal_nocase(type, "secureobject");
}

static void mask_member(cJSON *object, const char *name)
{
    cJSON *member = base_json_at_nocase(object, name);

    if (member && !cJSON_IsNull(member))
        cJSON_ReplaceItemViaPointer(object, member, cJSON_CreateString(MASK));
}

/* What a deployment gives to parameters that its template declares as secure; when the template is elsewhere, to all. */
static void mask_deployment(cJSON *body)
{
    const cJSON *linked = base_json_at_nocase(body, "properties.templateLink");
    cJSON *declared = base_json_at_nocase(body, "properties.template.parameters"), *item;
    cJSON *given = base_json_at_nocase(body, "properties.parameters");
    const cJSON *file = base_json_at_nocase(given, "parameters");

    if (cJSON_IsObject(file) && base_json_at_nocase(given, "contentVersion"))
        given = base_json_at_nocase(given, "parameters");
    cJSON_ArrayForEach(item, given)
    {
        const cJSON *one = declared ? declared->child : NULL;
        while (one && !base_equal_nocase(one->string, item->string))
            one = one->next;
        if (cJSON_IsObject(linked) || secure_type(one))
            mask_member(item, "value");
    }
    cJSON_ArrayForEach(item, declared) if (secure_type(item)) mask_member(item, "defaultValue");
}

static bool may_be_secure(const char *body)
{
    return strcasestr(body, "securestring") || strcasestr(body, "secureobject") ||
           strcasestr(body, "templateLink");
}

/* A body for Azure Resource Manager that may be a deployment with secure parameters. `az` sends some that are no JSON. */
static void mask_secure(const char *body, struct base_buf *out)
{
    cJSON *node = base_json_parse(body, strlen(body), NULL);

    if (node) {
        mask_deployment(node);
        mask_json(node, false);
        base_json_append(out, node);
    } else {
        base_buf_puts(out, "(not shown: a template with secure parameters that is no JSON)");
    }
    cJSON_Delete(node);
}

static void mask(const char *body, bool values, struct base_buf *out)
{
    const char *start = body + strspn(body, " \t\r\n");
    cJSON *node = NULL;

    if (!values && !may_hold_secret(body)) {
        base_buf_puts(out, body);
        return;
    }
    if (*start == '{' || *start == '[')
        node = base_json_parse(body, strlen(body), NULL);
    if (node) {
        mask_json(node, values);
        base_json_append(out, node);
        cJSON_Delete(node);
    } else if (strchr(body, '=') && !strchr(body, '<')) {
        mask_form(body, out);
    } else {
        base_buf_puts(out, body);
    }
}

void sim_mask(const char *body, struct base_buf *out)
{
    mask(body, true, out);
}

struct sim_trace *sim_trace_open(sim_world_t *world)
{
    struct sim_trace *trace = base_alloc(sizeof *trace);

    pthread_mutex_init(&trace->lock, NULL);
    trace->next = 1;
    if (world->state_dir) {
        char *path = base_asprintf("%s/trace.ndjson", world->state_dir);
        trace->file = fopen(path, "ae");
        free(path);
    }
    return trace;
}

void sim_trace_close(struct sim_trace *trace)
{
    if (!trace)
        return;
    for (size_t i = 0; i < KEPT; i++)
        cJSON_Delete(trace->ring[i]);
    if (trace->file)
        fclose(trace->file);
    pthread_mutex_destroy(&trace->lock);
    free(trace);
}

static void add_body(cJSON *event, const char *name, const char *body)
{
    const char *service = base_json_text(event, "service");
    struct base_buf masked = {0};

    if (!body || !*body)
        return;
    if (base_equal(service, "arm") && may_be_secure(body))
        mask_secure(body, &masked);
    else
        mask(body, base_equal(service, "keyvault"), &masked);
    if (masked.len > BODY_MAX) {
        masked.len = BODY_MAX;
        masked.data[BODY_MAX] = '\0';
        base_buf_puts(&masked, "…");
    }
    base_json_set_text(event, name, masked.data);
    base_buf_release(&masked);
}

static void add_url(cJSON *event, const char *url)
{
    const char *query = strchr(url, '?');
    struct base_buf masked = {0};

    base_buf_append(&masked, url, query ? (size_t)(query + 1 - url) : strlen(url));
    if (query)
        mask_form(query + 1, &masked);
    base_json_set_text(event, "url", masked.data);
    base_buf_release(&masked);
}

static cJSON *event_of(const struct sim_exchange *exchange)
{
    cJSON *event = cJSON_CreateObject();
    char time[BASE_TIME_TEXT];

    base_time_iso(exchange->started_ms, time);
    cJSON_AddNumberToObject(event, "seq", 0);
    base_json_set_text(event, "time", time);
    base_json_set_text(event, "service", exchange->service);
    base_json_set_text(event, "caller", exchange->caller);
    base_json_set_text(event, "call", exchange->call);
    base_json_set_text(event, "method", exchange->method);
    add_url(event, exchange->url);
    base_json_set_number(event, "status", exchange->status);
    base_json_set_number(event, "tookMs", exchange->took_ms);
    base_json_set_text(event, "fault", exchange->fault);
    add_body(event, "request", exchange->request);
    add_body(event, "answer", exchange->answer);
    base_json_set_text(event, "correlationId", exchange->correlation);
    return event;
}

void sim_trace_caller(struct base_http_response *response, const char *name)
{
    base_headers_set(&response->headers, SIM_CALLER_HEADER, name);
}

void sim_trace_add(sim_world_t *world, const struct sim_exchange *exchange)
{
    struct sim_trace *trace = world->trace;
    cJSON *event = event_of(exchange);

    pthread_mutex_lock(&trace->lock);
    int64_t seq = trace->next++;
    cJSON_SetNumberValue(event->child, (double)seq);
    if (trace->file) {
        char *line = base_json_print(event);
        fprintf(trace->file, "%s\n", line);
        fflush(trace->file);
        free(line);
    }
    cJSON_Delete(trace->ring[seq % KEPT]);
    trace->ring[seq % KEPT] = event;
    pthread_mutex_unlock(&trace->lock);
}

/* Who was turned away where, and how often: the first thing to look at when nothing happens. */
static void count_refusal(cJSON *refusals, const cJSON *event)
{
    static const char *const members[] = {"service", "caller", "method"};
    double status = base_json_number(event, "status", 0);
    cJSON *item;

    if (status != 401 && status != 403)
        return;
    cJSON_ArrayForEach(item, refusals)
    {
        bool same = base_json_number(item, "status", 0) == status;
        for (size_t i = 0; i < 3; i++)
            same = same &&
                   base_equal(base_json_text(item, members[i]), base_json_text(event, members[i]));
        if (same) {
            base_json_set_number(item, "count", base_json_number(item, "count", 0) + 1);
            return;
        }
    }
    item = cJSON_CreateObject();
    for (size_t i = 0; i < 3; i++)
        base_json_set_text(item, members[i], base_json_text(event, members[i]));
    base_json_set_number(item, "status", status);
    base_json_set_number(item, "count", 1);
    cJSON_AddItemToArray(refusals, item);
}

cJSON *sim_trace_refusals(void *context)
{
    sim_world_t *world = context;
    struct sim_trace *trace = world->trace;
    cJSON *refusals = cJSON_CreateArray();

    pthread_mutex_lock(&trace->lock);
    int64_t first = trace->next > KEPT ? trace->next - KEPT : 1;
    for (int64_t seq = first; seq < trace->next; seq++)
        count_refusal(refusals, trace->ring[seq % KEPT]);
    pthread_mutex_unlock(&trace->lock);
    return refusals;
}

cJSON *sim_trace_after(sim_world_t *world, int64_t after, size_t most)
{
    struct sim_trace *trace = world->trace;
    cJSON *events = cJSON_CreateArray();

    pthread_mutex_lock(&trace->lock);
    int64_t first = trace->next > KEPT ? trace->next - KEPT : 1;
    int64_t seq = after + 1 > first ? after + 1 : first;
    for (; seq < trace->next && most; seq++, most--)
        cJSON_AddItemToArray(events, base_json_copy(trace->ring[seq % KEPT]));
    pthread_mutex_unlock(&trace->lock);
    return events;
}
