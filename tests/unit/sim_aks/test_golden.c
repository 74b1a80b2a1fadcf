/* The API server and its controllers against the recorded answers of a real one (tests/data/kubernetes). */
#include "golden.h"

#include <pthread.h>

#define DATA TEST_DATA "/kubernetes/"

struct replay {
    struct lab *lab;
    struct golden golden;
    cJSON *vars; /* name -> value */
    int failures;
    pthread_t thread; /* of an "async" step */
    struct answer async_answer;
    char *async_path;
};

static int serial;

static char *substitute(const struct replay *r, const char *text, bool quote)
{
    struct base_buf out = {0};

    for (const char *at = text; *at;) {
        const char *end = strncmp(at, "$(", 2) == 0 ? strchr(at, ')') : NULL;
        if (!end) {
            base_buf_putc(&out, *at++);
            continue;
        }
        char *name = base_strndup(at + 2, (size_t)(end - at - 2));
        const char *value = base_json_text(r->vars, name);
        if (quote)
            base_uri_encode(&out, value ? value : "", NULL);
        else
            base_buf_puts(&out, value ? value : "");
        free(name);
        at = end + 1;
    }
    return base_buf_take(&out);
}

static struct answer send_step(struct replay *r, const cJSON *step)
{
    const char *mark, *raw = base_json_text(step, "rawBody");
    const cJSON *header, *extra = cJSON_GetObjectItemCaseSensitive(step, "headers"),
                         *body = cJSON_GetObjectItemCaseSensitive(step, "body");
    char *path = substitute(r, base_json_text(step, "path"), true), *text = NULL,
         *printed = body ? base_json_print(body) : NULL;
    struct base_headers headers = {0};

    if (raw || printed)
        text = substitute(r, raw ? raw : printed, false);
    base_headers_addf(&headers, "Authorization", "Bearer %s", r->lab->token);
    base_headers_add(&headers, "Accept", "application/json");
    if (text)
        base_headers_add(&headers, "Content-Type", "application/json");
    cJSON_ArrayForEach(header, extra)
        base_headers_set(&headers, header->string, cJSON_GetStringValue(header));
    mark = strchr(path, '?');
    char *plain = base_strndup(path, mark ? (size_t)(mark - path) : strlen(path));
    struct base_http_request request = {.method = base_json_text(step, "method"),
                                        .host = r->lab->fqdn,
                                        .path = plain,
                                        .query = mark ? mark + 1 : "",
                                        .headers = &headers,
                                        .body = text ? text : "",
                                        .body_len = text ? strlen(text) : 0};
    struct answer answer = ask(r->lab, NULL, &request);
    base_headers_release(&headers);
    free(plain);
    free(path);
    free(text);
    free(printed);
    return answer;
}

static bool holds(const cJSON *body, const cJSON *match, const struct replay *r)
{
    const cJSON *want;

    cJSON_ArrayForEach(want, match)
    {
        const cJSON *got = base_json_pointer(body, want->string);
        const cJSON *exists = cJSON_GetObjectItemCaseSensitive(want, "exists"),
                    *contains = cJSON_GetObjectItemCaseSensitive(want, "contains");
        if (exists) {
            if ((got != NULL) != cJSON_IsTrue(exists))
                return false;
        } else if (contains) {
            const cJSON *element, *member;
            bool any = false;
            cJSON_ArrayForEach(element, got)
            {
                bool all = true;
                cJSON_ArrayForEach(member, contains)
                {
                    all = all && base_json_equal(member, cJSON_GetObjectItemCaseSensitive(
                                                             element, member->string));
                }
                any = any || all;
            }
            if (!any)
                return false;
        } else if (cJSON_IsString(want)) {
            char *text = substitute(r, want->valuestring, false);
            bool same = got && cJSON_IsString(got) && strcmp(text, got->valuestring) == 0;
            free(text);
            if (!same)
                return false;
        } else if (!got || !base_json_equal(want, got)) {
            return false;
        }
    }
    return true;
}

static bool stop_at_first(void *sink, const void *data, size_t len)
{
    (void)sink;
    (void)data;
    return len == 0;
}

/* Blocks until what the step looks at changes (or, at most, a second). */
static void await_change(struct replay *r, const cJSON *step, const struct answer *seen)
{
    char *path = substitute(r, base_json_text(step, "path"), true), *mark = strchr(path, '?'),
         *slash;
    const char *kind = base_json_text(seen->body, "kind"),
               *revision = base_json_text(seen->body, "metadata.resourceVersion");
    bool list = kind && strlen(kind) > 4 && strcmp(kind + strlen(kind) - 4, "List") == 0;
    struct base_headers headers = {0};
    struct base_http_response response = {0};
    struct base_arena arena;

    if (mark)
        *mark = '\0';
    slash = strrchr(path, '/');
    if (!list && (strcmp(slash, "/status") == 0 || strcmp(slash, "/scale") == 0)) {
        *slash = '\0';
        slash = strrchr(path, '/');
    }
    char *query = base_asprintf(
        "watch=true&timeoutSeconds=1%s%s%s%s", list ? "" : "&fieldSelector=metadata.name%3D",
        list ? "" : slash + 1, revision ? "&resourceVersion=" : "", revision ? revision : "");
    if (!list)
        *slash = '\0';
    base_arena_init(&arena);
    base_headers_addf(&headers, "Authorization", "Bearer %s", r->lab->token);
    struct base_http_request request = {.method = "GET",
                                        .scheme = "https",
                                        .host = r->lab->fqdn,
                                        .path = path,
                                        .query = query,
                                        .headers = &headers,
                                        .body = "",
                                        .peer = "",
                                        .arena = &arena};
    sim_dispatch(r->lab->world, &request, &response);
    if (response.stream)
        response.stream(response.stream_context, stop_at_first, NULL);
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    free(query);
    free(path);
}

/* Repeats until the recorded condition holds. */
static struct answer send_until(struct replay *r, const cJSON *step)
{
    const cJSON *wait = cJSON_GetObjectItemCaseSensitive(step, "wait"),
                *status = cJSON_GetObjectItemCaseSensitive(wait, "status");
    int64_t until = base_monotonic_ms() + 20000;

    for (;;) {
        struct answer answer = send_step(r, step);
        bool good = !cJSON_IsObject(wait) ||
                    ((!cJSON_IsNumber(status) || status->valueint == answer.status) &&
                     holds(answer.body, cJSON_GetObjectItemCaseSensitive(wait, "match"), r));
        if (good || base_monotonic_ms() > until)
            return answer;
        await_change(r, step, &answer);
        answer_release(&answer);
    }
}

static void *run_async(void *context)
{
    struct replay *r = context;
    cJSON *step = cJSON_Parse(r->async_path);

    r->async_answer = send_step(r, step);
    cJSON_Delete(step);
    return NULL;
}

/* Takes away what a pointer pattern names; "*" any segment. */
static void drop(cJSON *node, const char *pattern)
{
    size_t len = strcspn(pattern, "/");
    const char *rest = pattern[len] ? pattern + len + 1 : NULL;
    int index = 0;

    for (cJSON *child = node ? node->child : NULL, *next; child; child = next, index++) {
        char number[16];
        next = child->next;
        snprintf(number, sizeof number, "%d", index);
        const char *key = child->string ? child->string : number;
        if (!(len == 1 && *pattern == '*') &&
            !(strlen(key) == len && strncmp(key, pattern, len) == 0))
            continue;
        if (rest)
            drop(child, rest);
        else
            cJSON_Delete(cJSON_DetachItemViaPointer(node, child));
    }
}

static void drop_all(cJSON *body, const cJSON *patterns)
{
    const cJSON *pattern;

    cJSON_ArrayForEach(pattern, patterns)
    {
        if (cJSON_GetStringValue(pattern)[0] == '/')
            drop(body, cJSON_GetStringValue(pattern) + 1);
    }
}

/* A watch's lines become a list. */
static cJSON *events_of(const struct answer *answer)
{
    cJSON *list = cJSON_CreateArray();
    struct base_error err = {0};

    for (const char *at = answer->text.len ? answer->text.data : ""; *at;) {
        size_t len = strcspn(at, "\n");
        cJSON *event = base_json_parse(at, len, &err);
        if (event)
            cJSON_AddItemToArray(list, event);
        at += len + (at[len] == '\n');
    }
    return list;
}

static void drop_server_made(cJSON *list)
{
    for (cJSON *item = list ? list->child : NULL, *next; item; item = next) {
        const char *name = base_json_text(item, "metadata.name");
        next = item->next;
        if (!name)
            name = base_json_text(item, "object.metadata.name");
        if (name && strcmp(name, "kube-root-ca.crt") == 0)
            cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
    }
}

static void keep_filtered(cJSON *body, const cJSON *filters)
{
    const cJSON *filter;

    cJSON_ArrayForEach(filter, filters)
    {
        cJSON *list = base_json_pointer(body, filter->string);
        for (cJSON *item = list ? list->child : NULL, *next; item; item = next) {
            const cJSON *name;
            bool keep = false;
            next = item->next;
            cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(filter, "in"))
            {
                keep = keep || strcmp(cJSON_GetStringValue(name),
                                      base_json_text(item, base_json_text(filter, "key"))) == 0;
            }
            if (!keep)
                cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
        }
    }
}

static cJSON *shape_of(const cJSON *node)
{
    const cJSON *child;
    cJSON *shape;

    if (!cJSON_IsObject(node))
        return cJSON_CreateString(cJSON_IsString(node)   ? "<string>"
                                  : cJSON_IsNumber(node) ? "<number>"
                                                         : "<other>");
    shape = cJSON_CreateObject();
    cJSON_ArrayForEach(child, node) cJSON_AddItemToObject(shape, child->string, shape_of(child));
    return shape;
}

/* Several causes are compared without their sentence, a 500 without its text. */
static void simplify_failure(cJSON *body, int status)
{
    const char *message = base_json_text(body, "message"),
               *list = message ? strstr(message, "is invalid: [") : NULL;

    if (list && cJSON_GetArraySize(base_json_at(body, "details.causes")) > 1) {
        char *text = base_asprintf("%.*sis invalid: [<causes>]", (int)(list - message), message);
        base_json_set_text(body, "message", text);
        free(text);
    }
    if (status == 500)
        cJSON_DeleteItemFromObjectCaseSensitive(body, "details");
}

static void prepare(const cJSON *test, const cJSON *step, struct answer *answer)
{
    cJSON *last = cJSON_GetObjectItemCaseSensitive(step, "last");

    drop_server_made(cJSON_GetObjectItemCaseSensitive(answer->body, "items"));
    drop_server_made(cJSON_GetObjectItemCaseSensitive(answer->body, "rows"));
    if (cJSON_IsArray(answer->body))
        drop_server_made(answer->body);
    if (answer->status >= 400)
        simplify_failure(answer->body, answer->status);
    keep_filtered(answer->body, cJSON_GetObjectItemCaseSensitive(step, "filter"));
    while (last && cJSON_GetArraySize(answer->body) > last->valueint)
        cJSON_DeleteItemFromArray(answer->body, 0);
    drop_all(answer->body, cJSON_GetObjectItemCaseSensitive(test, "ignore"));
    drop_all(answer->body, cJSON_GetObjectItemCaseSensitive(step, "ignore"));
    if (base_json_true(step, "shape")) {
        cJSON *shape = shape_of(answer->body);
        cJSON_Delete(answer->body);
        answer->body = shape;
    }
}

static void check_step(struct replay *r, const cJSON *test, const cJSON *step, const cJSON *wanted,
                       int number, struct answer *answer)
{
    const cJSON *body = cJSON_GetObjectItemCaseSensitive(wanted, "body");
    const char *method = base_json_text(step, "method"),
               *type = base_headers_get(&answer->headers, "Content-Type");
    const char *wanted_type = base_json_text(wanted, "contentType");
    bool good = true;

    prepare(test, step, answer);
    if (!answer->body && answer->text.len && cJSON_IsString(body))
        answer->body = cJSON_CreateString(answer->text.data);
    if ((int)base_json_number(wanted, "status", 0) != answer->status)
        good = differ(&r->golden, "/status", cJSON_GetObjectItemCaseSensitive(wanted, "status"),
                      answer->body);
    else if (wanted_type && *wanted_type && strcmp(wanted_type, type ? type : "") != 0)
        good = false;
    else if (body && !cJSON_IsNull(body) && !(method && strcmp(method, "HEAD") == 0))
        good = fits(&r->golden, body, answer->body, "");
    if (good)
        return;
    r->failures++;
    print_error("%s step %d %s %s: status %d type %s%s\n  at %s\n  wanted %s\n  got    %s\n",
                base_json_text(test, "name"), number, method ? method : "",
                base_json_text(step, "path") ? base_json_text(step, "path") : "", answer->status,
                type ? type : "", wanted_type ? "" : "", r->golden.path, r->golden.wanted,
                r->golden.got);
}

static void capture(struct replay *r, const cJSON *step, const struct answer *answer)
{
    const cJSON *entry;

    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(step, "capture"))
    {
        const cJSON *found = base_json_pointer(answer->body, cJSON_GetStringValue(entry));
        if (cJSON_IsString(found))
            base_json_set_text(r->vars, entry->string, found->valuestring);
    }
}

static void run_step(struct replay *r, const cJSON *test, const cJSON *step, const cJSON *wanted,
                     int number)
{
    struct answer answer = {0};
    const char *path = base_json_text(step, "path");

    if (cJSON_GetObjectItemCaseSensitive(step, "async")) {
        r->async_path = base_json_print(step);
        pthread_create(&r->thread, NULL, run_async, r);
        return;
    }
    if (cJSON_GetObjectItemCaseSensitive(step, "join")) {
        pthread_join(r->thread, NULL);
        answer = r->async_answer;
        r->async_answer = (struct answer){0};
        free(r->async_path);
        path = "watch";
    } else {
        answer = send_until(r, step);
    }
    if (answer.status == 200 && path && strstr(path, "watch")) {
        cJSON_Delete(answer.body);
        answer.body = events_of(&answer);
    }
    capture(r, step, &answer);
    check_step(r, test, step, wanted, number, &answer);
    answer_release(&answer);
}

static void make_namespace(struct replay *r, const char *variable)
{
    char name[32], *body;

    snprintf(name, sizeof name, "t-%04d", ++serial);
    base_json_set_text(r->vars, variable, name);
    golden_bind(&r->golden, variable, name);
    body = base_asprintf("{\"metadata\":{\"name\":\"%s\"}}", name);
    assert_int_equal(api_status(r->lab, "POST", "/api/v1/namespaces", body), 201);
    free(body);
    char *accounts = base_asprintf("/api/v1/namespaces/%s/serviceaccounts", name);
    await_field(r->lab, accounts, "default", "metadata.name=default");
    free(accounts);
}

static int run_case(struct lab *lab, const cJSON *test, const cJSON *wanted)
{
    struct replay r = {.lab = lab, .vars = cJSON_CreateObject()};
    const cJSON *entry;
    char id[32];
    int number = 0;

    snprintf(id, sizeof id, "t-%04d", ++serial);
    base_json_set_text(r.vars, "id", id);
    golden_bind(&r.golden, "id", id);
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(test, "namespaces"))
        make_namespace(&r, cJSON_GetStringValue(entry));
    if (base_json_text(test, "rv"))
        golden_bind(&r.golden, "masked", "");
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(test, "steps"))
    {
        run_step(&r, test, entry, cJSON_GetArrayItem(wanted, number), number);
        number++;
    }
    golden_unbind(&r.golden, 0);
    cJSON_Delete(r.vars);
    return r.failures;
}

static void test_recorded_answers(void **state)
{
    struct lab *lab = lab_open(&(struct lab_config){.kubelet = "off"});
    struct base_error err = {0};
    cJSON *cases = base_json_load(DATA "cases.json", &err),
          *golden = base_json_load(DATA "golden.json", &err);
    const cJSON *test, *answers = cJSON_GetObjectItemCaseSensitive(golden, "cases");
    const char *only = getenv("AKS_CASE");
    int failures = 0, count = 0;

    (void)state;
    assert_non_null(cases);
    assert_non_null(answers);
    cJSON_ArrayForEach(test, cases)
    {
        const char *name = base_json_text(test, "name");
        if (only && strcmp(only, name) != 0)
            continue;
        failures += run_case(lab, test, cJSON_GetObjectItemCaseSensitive(answers, name)) != 0;
        count++;
    }
    lab_close(lab);
    cJSON_Delete(cases);
    cJSON_Delete(golden);
    if (failures)
        fail_msg("%d of %d recorded cases differ", failures, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recorded_answers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
