/* Keeps shared access rules and their keys. */
#include "simulators/eventhub/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM "eventhub.rule"

static struct eh_rules *rules_of(eh_t *eh, const struct sim_resource_id *id);
static struct eh_rule *rule_by_id(eh_t *eh, const char *id, const char **space, const char **hub);
static struct eh_rule *rule_add(eh_t *eh, struct eh_rules *rules, const char *name, const char *id);
static void rule_drop(eh_t *eh, struct eh_rules *rules, const char *name);
static unsigned rights_of(const cJSON *body);
static void load_keys(eh_t *eh, struct eh_rule *rule);
static void save_keys(eh_t *eh, const struct eh_rule *rule);
static char *random_key(eh_t *eh);
static cJSON *connection_string(const char *space, const char *hub, const char *name,
                                const char *key);

const struct eh_rule *eh_rule_find(const struct eh_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->count; i++)
        if (base_equal_nocase(rules->items[i].name, name))
            return &rules->items[i];
    return NULL;
}

void eh_rules_release(struct eh_rules *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        free(rules->items[i].name);
        free(rules->items[i].id);
        free(rules->items[i].keys[0]);
        free(rules->items[i].keys[1]);
    }
    free(rules->items);
    *rules = (struct eh_rules){0};
}

void eh_rule_apply(eh_t *eh, const cJSON *body, bool removed)
{
    const char *id = base_json_text(body, "id"), *name = base_json_text(body, "name");
    struct sim_resource_id parsed;
    struct base_arena arena;
    base_arena_init(&arena);
    pthread_mutex_lock(&eh->lock);
    struct eh_rules *rules =
        id && sim_resource_id_parse(&arena, "GET", id, &parsed) ? rules_of(eh, &parsed) : NULL;
    if (rules && removed)
        rule_drop(eh, rules, name);
    if (rules && !removed) {
        struct eh_rule *rule = (struct eh_rule *)eh_rule_find(rules, name);
        if (!rule)
            rule = rule_add(eh, rules, name, id);
        rule->rights = rights_of(body);
    }
    pthread_mutex_unlock(&eh->lock);
    base_arena_release(&arena);
}

bool eh_rule_new_key(eh_t *eh, const char *id, int index, const char *text)
{
    pthread_mutex_lock(&eh->lock);
    struct eh_rule *rule = rule_by_id(eh, id, NULL, NULL);
    if (rule) {
        free(rule->keys[index]);
        rule->keys[index] = text ? base_strdup(text) : random_key(eh);
        save_keys(eh, rule);
    }
    pthread_mutex_unlock(&eh->lock);
    return rule != NULL;
}

cJSON *eh_rule_keys_json(eh_t *eh, const char *id)
{
    const char *space = NULL, *hub = NULL;
    cJSON *answer = NULL;
    pthread_mutex_lock(&eh->lock);
    const struct eh_rule *rule = rule_by_id(eh, id, &space, &hub);
    if (rule) {
        answer = cJSON_CreateObject();
        base_json_set(answer, "primaryConnectionString",
                      connection_string(space, hub, rule->name, rule->keys[0]));
        base_json_set(answer, "secondaryConnectionString",
                      connection_string(space, hub, rule->name, rule->keys[1]));
        base_json_set_text(answer, "primaryKey", rule->keys[0]);
        base_json_set_text(answer, "secondaryKey", rule->keys[1]);
        base_json_set_text(answer, "keyName", rule->name);
    }
    pthread_mutex_unlock(&eh->lock);
    return answer;
}

/* -- helpers -- */

/* The rules of the namespace (depth 2) or hub (depth 3) above this id; NULL when that is gone. */
static struct eh_rules *rules_of(eh_t *eh, const struct sim_resource_id *id)
{
    struct eh_namespace *space = eh_namespace_find(eh, id->names[0]);
    if (id->depth == 2)
        return space ? &space->rules : NULL;
    struct eh_hub *hub = eh_hub_find(space, id->names[1]);
    return hub ? &hub->rules : NULL;
}

static struct eh_rule *match(struct eh_rules *rules, const char *id)
{
    for (size_t i = 0; i < rules->count; i++)
        if (base_equal_nocase(rules->items[i].id, id))
            return &rules->items[i];
    return NULL;
}

static struct eh_rule *rule_by_id(eh_t *eh, const char *id, const char **space_name,
                                  const char **hub_name)
{
    for (size_t i = 0; i < eh->count; i++) {
        struct eh_namespace *space = eh->namespaces[i];
        struct eh_rule *rule = match(&space->rules, id);
        const char *hub = NULL;
        for (size_t k = 0; !rule && k < space->count; k++) {
            rule = match(&space->hubs[k]->rules, id);
            hub = space->hubs[k]->name;
        }
        if (!rule)
            continue;
        if (space_name)
            *space_name = space->name;
        if (hub_name)
            *hub_name = rule == match(&space->rules, id) ? NULL : hub;
        return rule;
    }
    return NULL;
}

static struct eh_rule *rule_add(eh_t *eh, struct eh_rules *rules, const char *name, const char *id)
{
    rules->items = base_realloc(rules->items, (rules->count + 1) * sizeof(*rules->items));
    struct eh_rule *rule = &rules->items[rules->count++];
    *rule = (struct eh_rule){.name = base_strdup(name), .id = base_strdup(id)};
    load_keys(eh, rule);
    if (!rule->keys[0] || !rule->keys[1]) {
        free(rule->keys[0]);
        free(rule->keys[1]);
        rule->keys[0] = random_key(eh);
        rule->keys[1] = random_key(eh);
        save_keys(eh, rule);
    }
    return rule;
}

static void rule_drop(eh_t *eh, struct eh_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->count; i++) {
        struct eh_rule *rule = &rules->items[i];
        if (!base_equal_nocase(rule->name, name))
            continue;
        sim_store_delete(eh->world, ROOM, rule->id);
        free(rule->name);
        free(rule->id);
        free(rule->keys[0]);
        free(rule->keys[1]);
        memmove(rule, rule + 1, (rules->count - i - 1) * sizeof(*rule));
        rules->count--;
        return;
    }
}

static unsigned rights_of(const cJSON *body)
{
    static const struct {
        const char *word;
        unsigned right;
    } words[] = {{"Send", EH_SEND}, {"Listen", EH_LISTEN}, {"Manage", EH_MANAGE}};
    unsigned rights = 0;
    const cJSON *right;
    cJSON_ArrayForEach(right, base_json_at(body, "properties.rights"))
    {
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (base_equal_nocase(words[i].word, cJSON_GetStringValue(right)))
                rights |= words[i].right;
    }
    return rights;
}

static void take_keys(void *context, const char *key, const cJSON *document)
{
    struct eh_rule *rule = context;
    if (!base_equal_nocase(key, rule->id))
        return;
    rule->keys[0] = base_strdup(base_json_text(document, "primary"));
    rule->keys[1] = base_strdup(base_json_text(document, "secondary"));
}

static void load_keys(eh_t *eh, struct eh_rule *rule)
{
    sim_store_each(eh->world, ROOM, take_keys, rule);
}

static void save_keys(eh_t *eh, const struct eh_rule *rule)
{
    cJSON *doc = cJSON_CreateObject();
    base_json_set_text(doc, "primary", rule->keys[0]);
    base_json_set_text(doc, "secondary", rule->keys[1]);
    sim_store_put(eh->world, ROOM, rule->id, doc);
    cJSON_Delete(doc);
}

static char *random_key(eh_t *eh)
{
    unsigned char raw[32];
    struct base_buf text = {0};
    base_random_bytes(sim_world_random(eh->world), raw, sizeof(raw));
    base_base64_encode(&text, raw, sizeof(raw));
    return base_buf_take(&text);
}

static cJSON *connection_string(const char *space, const char *hub, const char *name,
                                const char *key)
{
    return base_json_textf(
        "Endpoint=sb://%s.servicebus.windows.net/;SharedAccessKeyName=%s;SharedAccessKey=%s%s%s",
        space, name, key, hub ? ";EntityPath=" : "", hub ? hub : "");
}
