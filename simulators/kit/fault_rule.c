/* Decides what a fault rule may say, and how one is shown. */
#include "simulators/kit/fault_private.h"
#include "simulators/kit/setting.h"

#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_MAX_MS 3600000
#define NAME_MAX (sizeof((struct sim_fault *)0)->rule - 1)

const char *const sim_fault_answers[] = {"", "send", "drop", "late", NULL};

static bool read_refuse(const cJSON *value, struct sim_fault *out, struct base_error *err);
static bool read_throttle(const cJSON *value, struct sim_fault *out, struct base_error *err);
static bool read_expire(const cJSON *value, struct sim_fault *out, struct base_error *err);
static bool read_delay(const cJSON *value, struct sim_fault *out, struct base_error *err);
static bool read_park(const cJSON *value, struct sim_fault *out, struct base_error *err);
static bool read_condition(const cJSON *value, struct sim_fault *out, struct base_error *err);
static bool read_true(const cJSON *value, struct sim_fault *out, struct base_error *err);

/* `bare`: may stand as a text alone, `do: dropAnswer`. */
static const struct action {
    const char *word;
    enum sim_fault_kind kind;
    bool bare;
    bool (*read)(const cJSON *value, struct sim_fault *out, struct base_error *err);
} actions[] = {
    {"refuse", SIM_FAULT_REFUSE, true, read_refuse},
    {"throttle", SIM_FAULT_REFUSE, true, read_throttle},
    {"expireToken", SIM_FAULT_REFUSE, true, read_expire},
    {"dropRequest", SIM_FAULT_DROP_REQUEST, true, read_true},
    {"dropAnswer", SIM_FAULT_DROP_ANSWER, true, read_true},
    {"delay", SIM_FAULT_DELAY, false, read_delay},
    {"park", SIM_FAULT_PARK_AFTER, false, read_park},
    {"garble", SIM_FAULT_GARBLE, true, read_true},
    {"detach", SIM_FAULT_DETACH, true, read_condition},
    {"closeConnection", SIM_FAULT_CLOSE_CONNECTION, true, read_condition},
    {"noCredit", SIM_FAULT_NO_CREDIT, true, read_true},
    {"redeliver", SIM_FAULT_REDELIVER, true, read_true},
};
static const char *const members[] = {"name", "at", "call", "caller", "nth", "times", "do"};

/* Says what was found and what is expected; always false. */
static bool wrong(struct base_error *err, const char *member, const cJSON *found,
                  const char *expected)
{
    char *text = found ? base_json_print(found) : base_strdup("nothing");

    base_error_set(err, BASE_INVALID, "InvalidFault", "%s is %.200s; expected %s", member, text,
                   expected);
    base_error_target(err, "%s", member);
    free(text);
    return false;
}

static bool only(const cJSON *node, const char *const *names, size_t count, const char *what,
                 struct base_error *err)
{
    struct base_buf known = {0};
    bool good = true;

    for (const cJSON *item = node->child; item && good; item = item->next) {
        good = false;
        for (size_t i = 0; i < count; i++)
            good = good || base_equal(names[i], item->string);
        if (good)
            continue;
        for (size_t i = 0; i < count; i++)
            base_buf_printf(&known, "%s%s", i ? ", " : "", names[i]);
        base_error_set(err, BASE_INVALID, "InvalidFault",
                       "%s has a member \"%s\"; expected one of %s", what, item->string,
                       known.data);
        base_error_target(err, "%s", item->string);
    }
    base_buf_release(&known);
    return good;
}

static bool read_number(const cJSON *node, const char *member, int64_t most, int64_t *out,
                        struct base_error *err)
{
    char expected[64];

    snprintf(expected, sizeof expected, "a whole number from 1 to %lld", (long long)most);
    if (!node)
        return true;
    if (!cJSON_IsNumber(node) || node->valuedouble < 1 || node->valuedouble > (double)most ||
        node->valuedouble != (double)(int64_t)node->valuedouble)
        return wrong(err, member, node, expected);
    *out = (int64_t)node->valuedouble;
    return true;
}

static bool read_glob(const cJSON *body, const char *member, bool needed, char **out,
                      struct base_error *err)
{
    const cJSON *node = base_json_at(body, member);

    if (!node && !needed) {
        *out = base_strdup("*");
        return true;
    }
    if (!cJSON_IsString(node) || !*node->valuestring)
        return wrong(err, member, node, "a glob such as \"arm\" or \"eventhub.namespaces.*\"");
    *out = base_strdup(node->valuestring);
    return true;
}

static bool read_times(const cJSON *body, struct sim_fault_rule *rule, struct base_error *err)
{
    const cJSON *times = base_json_at(body, "times");

    rule->nth = rule->times = 1;
    if (!read_number(base_json_at(body, "nth"), "nth", 1000000, &rule->nth, err))
        return false;
    if (cJSON_IsString(times)) {
        rule->times = -1;
        return base_equal(times->valuestring, "always") ||
               wrong(err, "times", times, "a whole number or \"always\"");
    }
    return read_number(times, "times", 1000000, &rule->times, err);
}

static bool read_action(const cJSON *node, struct sim_fault *out, struct base_error *err)
{
    static const char expected[] =
        "one of refuse, throttle, expireToken, dropRequest, dropAnswer, delay, park, garble, "
        "detach, closeConnection, noCredit, redeliver, such as {\"refuse\":{\"status\":503}}";
    const char *word = cJSON_IsString(node)                  ? node->valuestring
                       : cJSON_IsObject(node) && node->child ? node->child->string
                                                             : NULL;

    if (!word || (cJSON_IsObject(node) && node->child->next))
        return wrong(err, "do", node, expected);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].word, word) || (cJSON_IsString(node) && !actions[i].bare))
            continue;
        snprintf(out->word, sizeof out->word, "%s", word);
        out->kind = actions[i].kind;
        return actions[i].read(cJSON_IsString(node) ? NULL : node->child, out, err);
    }
    return wrong(err, "do", node, expected);
}

static bool read_name(const cJSON *body, struct sim_fault *out, struct base_error *err)
{
    const cJSON *node = base_json_at(body, "name");

    if (!node)
        return true;
    if (!cJSON_IsString(node) || !*node->valuestring || strlen(node->valuestring) > NAME_MAX)
        return wrong(err, "name", node, "a text of 1 to 127 bytes");
    snprintf(out->rule, sizeof out->rule, "%s", node->valuestring);
    return true;
}

struct sim_fault_rule *sim_fault_rule_read(const cJSON *body, struct base_error *err)
{
    struct sim_fault_rule *rule = base_alloc(sizeof *rule);

    if (!cJSON_IsObject(body))
        wrong(err, "the body", body, "a JSON object");
    else if (only(body, members, sizeof members / sizeof *members, "the rule", err) &&
             read_name(body, &rule->fault, err) && read_glob(body, "at", true, &rule->at, err) &&
             read_glob(body, "call", true, &rule->call, err) &&
             read_glob(body, "caller", false, &rule->caller, err) && read_times(body, rule, err) &&
             read_action(base_json_at(body, "do"), &rule->fault, err)) {
        rule->action = base_json_copy(base_json_at(body, "do"));
        return rule;
    }
    sim_fault_rule_free(rule);
    return NULL;
}

void sim_fault_rule_free(struct sim_fault_rule *rule)
{
    if (!rule)
        return;
    free(rule->at);
    free(rule->call);
    free(rule->caller);
    cJSON_Delete(rule->action);
    free(rule);
}

static cJSON *show_held(const struct sim_held *held)
{
    cJSON *node = cJSON_CreateObject();
    char time[BASE_TIME_TEXT];

    base_time_iso(held->since_ms, time);
    base_json_set_text(node, "service", held->call->service);
    base_json_set_text(node, "call", held->call->call);
    base_json_set_text(node, "caller", held->call->caller);
    base_json_set_text(node, "url", held->url);
    base_json_set_text(node, "since", time);
    base_json_set_text(node, "when",
                       held->fault->kind == SIM_FAULT_PARK_BEFORE ? "beforeEffect" : "afterEffect");
    return node;
}

cJSON *sim_fault_rule_show(const struct sim_faults *faults, const struct sim_fault_rule *rule)
{
    cJSON *node = cJSON_CreateObject(), *parked;

    base_json_set_text(node, "name", rule->fault.rule);
    base_json_set_text(node, "at", rule->at);
    base_json_set_text(node, "call", rule->call);
    base_json_set_text(node, "caller", rule->caller);
    base_json_set_number(node, "nth", (double)rule->nth);
    if (rule->times < 0)
        base_json_set_text(node, "times", "always");
    else
        base_json_set_number(node, "times", (double)rule->times);
    base_json_set(node, "do", base_json_copy(rule->action));
    base_json_set_number(node, "matched", (double)rule->matched);
    base_json_set_number(node, "fired", (double)rule->fired);
    parked = cJSON_AddArrayToObject(node, "parked");
    for (const struct sim_held *held = faults->held; held; held = held->next)
        if (held->answer == SIM_ANSWER_HELD && base_equal(held->fault->rule, rule->fault.rule))
            cJSON_AddItemToArray(parked, show_held(held));
    return node;
}

/* ---- what each action holds; `value` is NULL when it stood alone ---- */

static bool read_retry(const cJSON *value, int fallback, struct sim_fault *out,
                       struct base_error *err)
{
    int64_t seconds = fallback;

    if (!read_number(base_json_at(value, "retryAfter"), "do.retryAfter", 86400, &seconds, err))
        return false;
    out->retry_after_s = (int)seconds;
    return true;
}

static bool read_code(const cJSON *value, const char *member, struct sim_fault *out,
                      struct base_error *err)
{
    const cJSON *code = base_json_at(value, member);
    char path[48];

    snprintf(path, sizeof path, "do.%s", member);
    if (code && (!cJSON_IsString(code) || strlen(code->valuestring) >= sizeof out->code))
        return wrong(err, path, code, "a text of at most 95 bytes");
    snprintf(out->code, sizeof out->code, "%s", code ? code->valuestring : "");
    return true;
}

/* Objects may also be `true`: everything by default. */
static bool is_object(const cJSON *value, const char *word, const char *const *names, size_t count,
                      struct base_error *err)
{
    char path[48];

    snprintf(path, sizeof path, "do.%s", word);
    if (!value || cJSON_IsTrue(value))
        return true;
    if (!cJSON_IsObject(value))
        return wrong(err, path, value, "an object, or true");
    return only(value, names, count, path, err);
}

static bool read_refuse(const cJSON *value, struct sim_fault *out, struct base_error *err)
{
    static const char *const names[] = {"status", "code", "retryAfter"};
    const cJSON *status = base_json_at(value, "status");

    if (!is_object(value, "refuse", names, 3, err))
        return false;
    if (status && (!cJSON_IsNumber(status) || status->valueint < 400 || status->valueint > 599))
        return wrong(err, "do.refuse.status", status, "a whole number from 400 to 599");
    out->status = status ? status->valueint : 503;
    return read_code(value, "code", out, err) &&
           read_retry(value, out->status == 503 || out->status == 429 ? 1 : 0, out, err);
}

static bool read_throttle(const cJSON *value, struct sim_fault *out, struct base_error *err)
{
    static const char *const names[] = {"code", "retryAfter"};

    out->status = 429;
    return is_object(value, "throttle", names, 2, err) && read_code(value, "code", out, err) &&
           read_retry(value, 1, out, err);
}

static bool read_expire(const cJSON *value, struct sim_fault *out, struct base_error *err)
{
    out->status = 401;
    return read_true(value, out, err);
}

static bool read_true(const cJSON *value, struct sim_fault *out, struct base_error *err)
{
    char path[48];

    snprintf(path, sizeof path, "do.%s", out->word);
    return !value || cJSON_IsTrue(value) || wrong(err, path, value, "true");
}

static bool read_delay(const cJSON *value, struct sim_fault *out, struct base_error *err)
{
    return (base_parse_duration(cJSON_GetStringValue(value), &out->delay_ms) && out->delay_ms > 0 &&
            out->delay_ms <= DELAY_MAX_MS) ||
           wrong(err, "do.delay", value, "a duration such as 200ms, 2s or 5m, at most an hour");
}

static bool read_park(const cJSON *value, struct sim_fault *out, struct base_error *err)
{
    const char *when = cJSON_IsString(value) ? value->valuestring : "";

    if (!strcmp(when, "beforeEffect"))
        out->kind = SIM_FAULT_PARK_BEFORE;
    return !strcmp(when, "beforeEffect") || !strcmp(when, "afterEffect") ||
           wrong(err, "do.park", value, "\"beforeEffect\" or \"afterEffect\"");
}

static bool read_condition(const cJSON *value, struct sim_fault *out, struct base_error *err)
{
    static const char *const names[] = {"condition"};

    return is_object(value, out->word, names, 1, err) && read_code(value, "condition", out, err);
}
