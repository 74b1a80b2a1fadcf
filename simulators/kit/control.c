/* Decides what the control API answers. */
#include "simulators/kit/control.h"
#include "simulators/kit/fault_private.h"
#include "simulators/kit/internal.h"
#include "simulators/kit/setting.h"
#include "simulators/kit/trace.h"

#include <string.h>

#define TRACE_PAGE 1000

static void health(sim_world_t *world, const struct base_http_request *request,
                   struct base_http_response *response)
{
    (void)world;
    (void)request;
    base_http_answer_text(response, 200, "application/json", "{\"status\":\"ready\"}");
}

static void trace(sim_world_t *world, const struct base_http_request *request,
                  struct base_http_response *response)
{
    const char *text = base_query_get(request->arena, request->query, "after");
    int64_t after = 0;

    if (text && !base_parse_int64(text, &after)) {
        base_http_answer_text(response, 400, "text/plain", "after must be a whole number\n");
        return;
    }
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddItemToObject(answer, "value", sim_trace_after(world, after, TRACE_PAGE));
    base_http_answer_json_take(response, 200, answer);
}

static void view(sim_world_t *world, const struct base_http_request *request,
                 struct base_http_response *response)
{
    const char *name = request->path + strlen("/_sim/world");
    name += *name == '/';
    cJSON *answer = *name ? sim_view_get(world, name) : sim_view_all(world);

    if (answer) {
        base_http_answer_json_take(response, 200, answer);
        return;
    }
    cJSON *names = cJSON_CreateArray();
    for (size_t i = 0; i < world->views.count; i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(world->views.items[i].name));
    cJSON *error = cJSON_CreateObject();
    base_json_set(error, "message", base_json_textf("there is no view \"%s\"", name));
    cJSON_AddItemToObject(error, "views", names);
    base_http_answer_json_take(response, 404, error);
}

static const struct {
    const char *method, *path;
    void (*answer)(sim_world_t *world, const struct base_http_request *request,
                   struct base_http_response *response);
} own[] = {
    {"GET", "/_sim/health", health},
    {"GET", "/_sim/trace", trace},
    {"GET", "/_sim/world", view},
    {"GET", "/_sim/faults", sim_fault_control},
    {"POST", "/_sim/faults", sim_fault_control},
    {"DELETE", "/_sim/faults", sim_fault_control},
    {"GET", "/_sim/settings", sim_setting_control},
    {"PUT", "/_sim/settings", sim_setting_control},
    {"DELETE", "/_sim/settings", sim_setting_control},
};

static void unknown(sim_world_t *world, struct base_http_response *response)
{
    struct base_buf text = {0};

    base_buf_puts(&text, "no such path; there are:\n");
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        base_buf_printf(&text, "  %s %s\n", own[i].method, own[i].path);
    for (size_t i = 0; i < world->controls.count; i++)
        base_buf_printf(&text, "  %s %s\n",
                        world->controls.items[i].method ? world->controls.items[i].method : "*",
                        world->controls.items[i].name);
    base_http_answer_text(response, 404, "text/plain", text.data);
    base_buf_release(&text);
}

void sim_control_handle(void *context, const struct base_http_request *request,
                        struct base_http_response *response)
{
    sim_world_t *world = context;

    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        size_t len = strlen(own[i].path);
        if (!strcmp(own[i].method, request->method) && !strncmp(own[i].path, request->path, len) &&
            (!request->path[len] || request->path[len] == '/')) {
            own[i].answer(world, request, response);
            return;
        }
    }
    for (size_t i = 0; i < world->controls.count; i++) {
        const struct sim_named *entry = &world->controls.items[i];
        if ((!entry->method || !strcmp(entry->method, request->method)) &&
            !strncmp(entry->name, request->path, strlen(entry->name))) {
            entry->handler(entry->context, request, response);
            return;
        }
    }
    unknown(world, response);
}
