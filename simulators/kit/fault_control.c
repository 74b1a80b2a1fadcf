/* Decides what the control API does about faults: arm, show, release, heal, strike at once. */
#include "simulators/kit/fault_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAIT_MAX_MS 10000

struct call {
    sim_world_t *world;
    struct sim_faults *faults;
    const struct base_http_request *request;
    struct base_http_response *response;
    const char *name, *action; /* of the path; NULL when it has none */
};

static void arm(struct call *call);
static void show(struct call *call);
static void release(struct call *call);
static void heal(struct call *call);
static void strike(struct call *call, cJSON *body);

static const struct {
    const char *method, *action;
    bool named; /* the path may name a rule */
    void (*run)(struct call *call);
} operations[] = {
    {"POST", NULL, false, arm},
    {"GET", NULL, true, show},
    {"POST", "release", true, release},
    {"DELETE", NULL, true, heal},
};

static void refuse(struct call *call, int status, const struct base_error *err)
{
    cJSON *body = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(body, "error");

    base_json_set_text(error, "code", err->code[0] ? err->code : base_status_name(err->status));
    base_json_set_text(error, "target", err->target[0] ? err->target : NULL);
    base_json_set_text(error, "message", err->message);
    base_http_answer_json_take(call->response, status, body);
}

static void refuse_text(struct call *call, int status, const char *code, const char *sentence)
{
    struct base_error err = {0};

    base_error_set(&err, BASE_INVALID, code, "%s", sentence);
    refuse(call, status, &err);
}

static void refuse_unknown(struct call *call)
{
    refuse_text(
        call, 404, "FaultNotFound",
        base_arena_printf(call->request->arena, "there is no fault rule \"%s\"", call->name));
}

void sim_fault_control(sim_world_t *world, const struct base_http_request *request,
                       struct base_http_response *response)
{
    struct call call = {
        .world = world, .faults = world->faults, .request = request, .response = response};
    const char **parts;
    size_t count = base_path_split(request->arena, request->path, &parts);

    call.name = count > 2 ? parts[2] : NULL; /* /_sim/faults/{name}/{action} */
    call.action = count > 3 ? parts[3] : NULL;
    for (size_t i = 0; i < sizeof operations / sizeof *operations && count <= 4; i++) {
        if (strcmp(operations[i].method, request->method) ||
            !base_equal(operations[i].action, call.action) || (call.name && !operations[i].named))
            continue;
        operations[i].run(&call);
        return;
    }
    refuse_text(&call, 404, "NoSuchOperation",
                "expected POST /_sim/faults, GET /_sim/faults[/{name}], "
                "POST /_sim/faults/{name}/release or DELETE /_sim/faults[/{name}]");
}

/* Takes the rule. */
static void arm_rule(struct call *call, struct sim_fault_rule *rule)
{
    struct sim_faults *faults = call->faults;
    cJSON *shown = NULL;
    const char *full = NULL;

    pthread_mutex_lock(&faults->lock);
    faults->made++;
    if (!rule->fault.rule[0])
        snprintf(rule->fault.rule, sizeof rule->fault.rule, "fault-%lld", (long long)faults->made);
    if (sim_fault_find(faults, rule->fault.rule))
        full = "a rule of this name is armed already; heal it first (DELETE)";
    else if (faults->count >= SIM_FAULT_RULES || faults->stopped)
        full = "256 rules are armed; heal some first (DELETE)";
    if (!full) {
        faults->rules = base_realloc(faults->rules, (faults->count + 1) * sizeof *faults->rules);
        faults->rules[faults->count++] = rule;
        atomic_store_explicit(&faults->armed, (int)faults->count, memory_order_release);
        shown = sim_fault_rule_show(faults, rule);
    }
    pthread_mutex_unlock(&faults->lock);
    if (full) {
        sim_fault_rule_free(rule);
        refuse_text(call, 409, "FaultExists", full);
        return;
    }
    base_http_answer_json_take(call->response, 201, shown);
}

static void arm(struct call *call)
{
    struct base_error err = {0};
    cJSON *body = base_http_request_json(call->request, &err);

    if (body && base_json_at(body, "now")) {
        strike(call, body);
    } else {
        struct sim_fault_rule *rule =
            err.status == BASE_OK ? sim_fault_rule_read(body, &err) : NULL;
        if (rule)
            arm_rule(call, rule);
        else
            refuse(call, 400, &err);
    }
    cJSON_Delete(body);
}

static bool is_held(const struct sim_faults *faults, const char *name)
{
    for (const struct sim_held *held = faults->held; held; held = held->next)
        if (held->answer == SIM_ANSWER_HELD && (!name || base_equal(held->fault->rule, name)))
            return true;
    return false;
}

/* Until something is parked by the rule, the rule is gone, or real_ms have passed. Lock held. */
static void wait_parked(struct call *call, int64_t real_ms)
{
    struct sim_faults *faults = call->faults;
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += real_ms / 1000;
    until.tv_nsec += real_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!faults->stopped && !is_held(faults, call->name) &&
           (!call->name || sim_fault_find(faults, call->name)) &&
           pthread_cond_timedwait(&faults->changed, &faults->lock, &until) != ETIMEDOUT)
        ;
}

static void show(struct call *call)
{
    struct sim_faults *faults = call->faults;
    const char *text = base_query_get(call->request->arena, call->request->query, "parked");
    cJSON *answer = NULL;
    int64_t wait = 0;

    if (call->action ||
        (text && (!base_parse_int64(text, &wait) || wait < 0 || wait > WAIT_MAX_MS))) {
        refuse_text(call, 400, "InvalidQuery", "parked must be milliseconds from 0 to 10000");
        return;
    }
    pthread_mutex_lock(&faults->lock);
    if (wait)
        wait_parked(call, wait);
    if (call->name) {
        const struct sim_fault_rule *rule = sim_fault_find(faults, call->name);
        answer = rule ? sim_fault_rule_show(faults, rule) : NULL;
    } else {
        answer = cJSON_CreateObject();
        cJSON *list = cJSON_AddArrayToObject(answer, "value");
        for (size_t i = 0; i < faults->count; i++)
            cJSON_AddItemToArray(list, sim_fault_rule_show(faults, faults->rules[i]));
    }
    pthread_mutex_unlock(&faults->lock);
    if (answer)
        base_http_answer_json_take(call->response, 200, answer);
    else
        refuse_unknown(call);
}

static enum sim_fault_answer answer_wanted(const cJSON *body)
{
    const char *word = base_json_text(body, "answer");

    for (int i = SIM_ANSWER_SEND; sim_fault_answers[i]; i++)
        if (base_equal(sim_fault_answers[i], word))
            return (enum sim_fault_answer)i;
    return SIM_ANSWER_HELD;
}

static void release(struct call *call)
{
    struct sim_faults *faults = call->faults;
    struct base_error err = {0};
    cJSON *body = base_http_request_json(call->request, &err);
    enum sim_fault_answer answer = answer_wanted(body);
    int released = -1;

    cJSON_Delete(body);
    if (answer == SIM_ANSWER_HELD) {
        refuse_text(call, 400, "InvalidRelease",
                    "expected {\"answer\":\"send\"}, {\"answer\":\"drop\"} or "
                    "{\"answer\":\"late\"}");
        return;
    }
    pthread_mutex_lock(&faults->lock);
    if (sim_fault_find(faults, call->name))
        released = sim_fault_release(faults, call->name, answer);
    pthread_mutex_unlock(&faults->lock);
    if (released < 0) {
        refuse_unknown(call);
        return;
    }
    body = cJSON_CreateObject();
    base_json_set_number(body, "released", released);
    base_http_answer_json_take(call->response, 200, body);
}

static void heal(struct call *call)
{
    struct sim_faults *faults = call->faults;

    pthread_mutex_lock(&faults->lock);
    bool known = !call->name || sim_fault_find(faults, call->name);
    if (known)
        sim_fault_remove(faults, call->name);
    pthread_mutex_unlock(&faults->lock);
    if (known)
        call->response->status = 204;
    else
        refuse_unknown(call);
}

/* `now`: the service strikes its open connections; nothing stays armed. */
static void strike(struct call *call, cJSON *body)
{
    struct sim_faults *faults = call->faults;
    const char *at = base_json_text(body, "at");
    struct base_error err = {0};
    cJSON *bare = cJSON_CreateObject();
    int struck = -1;

    base_json_set_text(bare, "at", at);
    base_json_set_text(bare, "call", "*");
    base_json_set(bare, "do", base_json_copy(base_json_at(body, "do")));
    struct sim_fault_rule *rule = sim_fault_rule_read(bare, &err);
    for (size_t i = 0; rule && i < faults->strike_count; i++)
        if (base_equal(faults->strikes[i].service, at))
            struck =
                faults->strikes[i].strike(faults->strikes[i].context, body, &rule->fault, &err);
    if (struck < 0) {
        base_error_set(&err, BASE_INVALID, "InvalidFault",
                       "at is \"%s\"; expected a service with long-lived connections: eventhub",
                       at ? at : "");
        refuse(call, 400, &err);
    } else {
        cJSON *answer = cJSON_CreateObject();
        base_json_set_number(answer, "struck", struck);
        base_http_answer_json_take(call->response, 200, answer);
    }
    sim_fault_rule_free(rule);
    cJSON_Delete(bare);
}
