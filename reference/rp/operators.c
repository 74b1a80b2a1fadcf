/* Decides what operators are answered. */
#include "reference/rp/operators.h"
#include "reference/rp/metrics.h"
#include "reference/rp/world.h"

#include <string.h>

static void answer_error(struct base_http_response *response, int status, const char *code,
                         const char *message)
{
    cJSON *body = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(body, "error");

    base_json_set_text(error, "code", code);
    base_json_set_text(error, "message", message);
    base_http_answer_json_take(response, status, body);
}

static void show_metrics(const struct rp_world *world, struct base_http_response *response)
{
    struct base_buf text = {0};
    struct base_error err = {0};

    if (rp_metrics_print(world->metrics, world->db, base_clock_ms(world->clock), &text, &err) ==
        BASE_OK)
        base_http_answer_text(response, 200, "text/plain; version=0.0.4", text.data);
    else
        answer_error(response, 503, "ServiceUnavailable", err.message);
    base_buf_release(&text);
}

static void show_health(const struct rp_world *world, struct base_http_response *response)
{
    struct base_db_statement row;
    struct base_error err = {0};
    bool good =
        base_db_query(world->db, &row, &err, "SELECT count(*) FROM subscription", "") == BASE_OK;

    if (good) {
        good = base_db_next(&row, &err);
        base_db_done(&row);
    }
    if (good)
        base_http_answer_text(response, 200, "application/json", "{\"status\":\"ok\"}");
    else
        answer_error(response, 503, "ServiceUnavailable", err.message);
}

static const struct {
    const char *path;
    void (*show)(const struct rp_world *world, struct base_http_response *response);
} PAGES[] = {{"/metrics", show_metrics}, {"/healthz", show_health}};

void rp_operators_handle(void *context, const struct base_http_request *request,
                         struct base_http_response *response)
{
    const struct rp_world *world = context;

    for (size_t i = 0; i < sizeof PAGES / sizeof *PAGES; i++) {
        if (strcmp(PAGES[i].path, request->path) != 0)
            continue;
        if (!strcmp(request->method, "GET"))
            PAGES[i].show(world, response);
        else
            answer_error(response, 405, "MethodNotAllowed", "only GET is possible");
        return;
    }
    answer_error(response, 404, "NotFound", "there are /metrics and /healthz");
}
