/* Decides which settings may be changed while the world runs, and to what. */
#include "simulators/kit/setting.h"
#include "simulators/kit/internal.h"
#include "simulators/kit/resource.h"

#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/_sim/settings"

struct declared {
    const struct sim_setting_row *row;
    const char *initial; /* as when the world was built; NULL: off */
    bool changed;
};
struct sim_settings {
    pthread_mutex_t lock;   /* of what is changed */
    struct declared *items; /* grown while building */
    size_t count;
};

static void answer_all(sim_world_t *world, struct base_http_response *response);
static void answer_one(sim_world_t *world, const struct declared *setting,
                       struct base_http_response *response);
static void change(sim_world_t *world, struct declared *setting,
                   const struct base_http_request *request, struct base_http_response *response);
static void restore(sim_world_t *world, struct declared *setting);

struct sim_settings *sim_settings_open(void)
{
    struct sim_settings *settings = base_alloc(sizeof *settings);

    pthread_mutex_init(&settings->lock, NULL);
    return settings;
}

void sim_settings_close(struct sim_settings *settings)
{
    if (!settings)
        return;
    pthread_mutex_destroy(&settings->lock);
    free(settings->items);
    free(settings);
}

void sim_setting_declare(sim_world_t *world, const struct sim_setting_row *rows, size_t count)
{
    struct sim_settings *settings = world->declared;

    settings->items =
        base_realloc(settings->items, (settings->count + count) * sizeof *settings->items);
    for (size_t i = 0; i < count; i++)
        settings->items[settings->count++] = (struct declared){.row = &rows[i]};
}

int64_t sim_setting_ms(const sim_world_t *world, const char *name)
{
    int64_t ms = 0;

    return base_parse_duration(sim_setting(world, name), &ms) ? ms : 0;
}

int64_t sim_setting_number(const sim_world_t *world, const char *name)
{
    const char *text = sim_setting(world, name);
    int64_t number = 0;

    return text && base_parse_int64(text, &number) ? number : 0;
}

/* ---- the control API ---- */

static struct declared *find(sim_world_t *world, const char *name)
{
    struct sim_settings *settings = world->declared;

    for (size_t i = 0; i < settings->count; i++)
        if (!strcmp(settings->items[i].row->name, name))
            return &settings->items[i];
    return NULL;
}

void sim_setting_control(sim_world_t *world, const struct base_http_request *request,
                         struct base_http_response *response)
{
    const char *name = request->path + strlen(PATH);
    struct declared *setting;

    name += *name == '/';
    setting = *name ? find(world, name) : NULL;
    pthread_mutex_lock(&world->declared->lock);
    if (*name && !setting) {
        sim_resource_refuse(response, 404, "NotFound", NULL,
                            "there is no setting \"%s\"; GET " PATH " lists them", name);
    } else if (!strcmp(request->method, "PUT") && setting) {
        change(world, setting, request, response);
    } else if (!strcmp(request->method, "DELETE")) {
        for (size_t i = 0; i < world->declared->count; i++)
            if (!setting || setting == &world->declared->items[i])
                restore(world, &world->declared->items[i]);
        response->status = 204;
    } else if (strcmp(request->method, "GET")) {
        sim_resource_refuse(response, 405, "MethodNotAllowed", NULL,
                            "expected PUT " PATH "/{name}, or GET or DELETE");
    } else if (setting) {
        answer_one(world, setting, response);
    } else {
        answer_all(world, response);
    }
    pthread_mutex_unlock(&world->declared->lock);
}

static void restore(sim_world_t *world, struct declared *setting)
{
    if (setting->changed)
        sim_setting_set(world, setting->row->name, setting->initial);
    setting->changed = false;
}

static char *expected(const struct sim_setting_row *row)
{
    struct base_buf text = {0};

    if (row->kind == SIM_SETTING_DURATION)
        base_buf_printf(&text, "a duration such as 200ms, 5s or 2m, %lld to %lld s",
                        (long long)row->least / 1000, (long long)row->most / 1000);
    else if (row->kind == SIM_SETTING_NUMBER)
        base_buf_printf(&text, "a whole number, %lld to %lld", (long long)row->least,
                        (long long)row->most);
    for (size_t i = 0; row->kind == SIM_SETTING_WORD && row->words[i]; i++)
        base_buf_printf(&text, "%s%s", i ? ", " : "one of ", row->words[i]);
    return base_buf_take(&text);
}

static cJSON *shown(sim_world_t *world, const struct declared *setting)
{
    static const char *const kinds[] = {"duration", "number", "word"};
    const char *value = sim_setting(world, setting->row->name);
    cJSON *item = cJSON_CreateObject();
    char *text = expected(setting->row);

    base_json_set_text(item, "name", setting->row->name);
    base_json_set_text(item, "kind", kinds[setting->row->kind]);
    base_json_set(item, "value", value ? cJSON_CreateString(value) : cJSON_CreateNull());
    base_json_set_text(item, "expected", text);
    base_json_set_text(item, "what", setting->row->what);
    free(text);
    return item;
}

static void answer_one(sim_world_t *world, const struct declared *setting,
                       struct base_http_response *response)
{
    base_http_answer_json_take(response, 200, shown(world, setting));
}

static void answer_all(sim_world_t *world, struct base_http_response *response)
{
    cJSON *answer = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(answer, "value");

    for (size_t i = 0; i < world->declared->count; i++)
        cJSON_AddItemToArray(list, shown(world, &world->declared->items[i]));
    base_http_answer_json_take(response, 200, answer);
}

static bool in_range(const struct sim_setting_row *row, int64_t number)
{
    return number >= row->least && number <= row->most;
}

static bool acceptable(const struct sim_setting_row *row, const char *text)
{
    int64_t number;

    if (row->kind == SIM_SETTING_DURATION)
        return base_parse_duration(text, &number) && in_range(row, number);
    if (row->kind == SIM_SETTING_NUMBER)
        return base_parse_int64(text, &number) && in_range(row, number);
    for (size_t i = 0; row->words[i]; i++)
        if (!strcmp(row->words[i], text))
            return true;
    return false;
}

/* A number may stand without quotes. */
static void change(sim_world_t *world, struct declared *setting,
                   const struct base_http_request *request, struct base_http_response *response)
{
    struct base_error err = {0};
    cJSON *body = base_http_request_json(request, &err);
    const cJSON *value = base_json_at(body, "value");
    char *text = cJSON_IsString(value)   ? base_strdup(value->valuestring)
                 : cJSON_IsNumber(value) ? base_json_print(value)
                                         : NULL;

    if (text && acceptable(setting->row, text)) {
        if (!setting->changed)
            setting->initial = sim_setting(world, setting->row->name);
        setting->changed = true;
        sim_setting_set(world, setting->row->name, text);
        answer_one(world, setting, response);
    } else {
        char *wanted = expected(setting->row), *found = value ? base_json_print(value) : NULL;
        sim_resource_refuse(response, 400, "InvalidSetting", "value",
                            "the value of %s is %.200s; expected %s", setting->row->name,
                            found ? found : "not there", wanted);
        free(found);
        free(wanted);
    }
    free(text);
    cJSON_Delete(body);
}
