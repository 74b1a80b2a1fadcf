/* Decides which operation of the description an exchange is, and which schemas its bodies must fit. */
#include "runner/swagger.h"
#include "runner/schema.h"
#include "common/text.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

extern const char run_swagger_text[];

struct exchange {
    const char *method, *request;
    const cJSON *answer, *operation;
    int status;
    char *sentence;
    size_t size;
};

static cJSON *document;

static const cJSON *find_path(struct base_arena *arena, const char *url);
static const cJSON *find_method(const cJSON *path, const char *method);
static bool request_fits(const struct exchange *x);
static bool answer_fits(const struct exchange *x);

static void load(void)
{
    document = base_json_parse(run_swagger_text, strlen(run_swagger_text), NULL);
    BUG_ON(!document);
}

const cJSON *run_swagger(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return document;
}

bool run_swagger_fits(const char *method, const char *url, const char *request, const cJSON *answer,
                      char *sentence, size_t size)
{
    struct base_arena arena;
    struct exchange x = {.method = method,
                         .request = request,
                         .answer = answer,
                         .status = (int)base_json_number(answer, "status", 0),
                         .sentence = sentence,
                         .size = size};

    base_arena_init(&arena);
    const cJSON *path = find_path(&arena, url);
    base_arena_release(&arena);
    if (!path)
        return true;
    x.operation = find_method(path, method);
    if (!x.operation && x.status >= 400)
        return true;
    if (!x.operation) {
        snprintf(sentence, size,
                 "healthcare-apis.json has no %s of %s, but it was answered with %d", method,
                 path->string, x.status);
        return false;
    }
    return request_fits(&x) && answer_fits(&x);
}

/* --- which operation --- */

/* "workspace" and "destination" are the specification's other words. */
static bool same_segment(const char *pattern, const char *segment)
{
    static const char *const WORDS[][2] = {{"workspaces", "workspace"},
                                           {"destinations", "destination"}};

    if (pattern[0] == '{' || base_equal_nocase(pattern, segment))
        return true;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (!strcmp(WORDS[i][0], pattern) && base_equal_nocase(WORDS[i][1], segment))
            return true;
    return false;
}

static bool same_path(struct base_arena *arena, const char *pattern, const char **segments,
                      size_t count)
{
    const char **patterns;

    if (base_path_split(arena, pattern, &patterns) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!same_segment(patterns[i], segments[i]))
            return false;
    return true;
}

static const cJSON *find_path(struct base_arena *arena, const char *url)
{
    const cJSON *path;
    const char **segments;
    struct base_uri uri;

    if (!base_uri_parse(arena, url, &uri))
        return NULL;
    const char *version = base_query_get(arena, uri.query, "api-version");
    if (!base_equal_nocase(version, base_json_text(run_swagger(), "info.version")))
        return NULL;
    size_t count = base_path_split(arena, uri.path, &segments);
    cJSON_ArrayForEach(path,
                       cJSON_GetObjectItemCaseSensitive(
                           run_swagger(), "paths")) if (same_path(arena, path->string, segments,
                                                                  count)) return path;
    return NULL;
}

static const cJSON *find_method(const cJSON *path, const char *method)
{
    const cJSON *operation;

    cJSON_ArrayForEach(operation,
                       path) if (base_equal_nocase(operation->string, method)) return operation;
    return NULL;
}

/* --- its bodies --- */

static bool body_fits(const struct exchange *x, const char *which, const cJSON *schema,
                      const cJSON *body, enum run_schema_side side)
{
    char place[400];

    if (run_schema_fits(run_swagger(), schema, body, side, place, sizeof place))
        return true;
    snprintf(x->sentence, x->size, "the %s of %s (healthcare-apis.json): %s", which,
             base_json_text(x->operation, "operationId"), place);
    return false;
}

static const cJSON *body_schema(const cJSON *operation)
{
    const cJSON *parameter;

    cJSON_ArrayForEach(
        parameter,
        cJSON_GetObjectItemCaseSensitive(
            operation, "parameters")) if (base_equal(base_json_text(parameter, "in"),
                                                     "body")) return base_json_at(parameter,
                                                                                  "schema");
    return NULL;
}

static bool request_fits(const struct exchange *x)
{
    const cJSON *schema = body_schema(x->operation);

    if (!schema || x->status >= 400)
        return true;
    cJSON *body = x->request ? base_json_parse(x->request, strlen(x->request), NULL) : NULL;
    bool good = body_fits(x, "accepted request", schema, body, RUN_REQUEST);
    cJSON_Delete(body);
    return good;
}

static bool answer_fits(const struct exchange *x)
{
    const cJSON *responses = base_json_at(x->operation, "responses"),
                *body = cJSON_GetObjectItemCaseSensitive(x->answer, "body");
    char status[16];

    snprintf(status, sizeof status, "%d", x->status);
    const cJSON *response = cJSON_GetObjectItemCaseSensitive(responses, status);
    if (!response && x->status >= 400)
        response = cJSON_GetObjectItemCaseSensitive(responses, "default");
    if (!response) {
        snprintf(x->sentence, x->size, "healthcare-apis.json has no answer %d of %s", x->status,
                 base_json_text(x->operation, "operationId"));
        return false;
    }
    const cJSON *schema = base_json_at(response, "schema");
    if (schema)
        return body_fits(x, "answer", schema, body, RUN_ANSWER);
    if (!body)
        return true;
    snprintf(x->sentence, x->size,
             "the answer %d of %s (healthcare-apis.json) has no body, but one was found", x->status,
             base_json_text(x->operation, "operationId"));
    return false;
}
