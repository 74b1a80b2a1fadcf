/* Decides whether a token is good, and whether the claims of a connection let a link pass. */
#include "simulators/eventhub/auth.h"

#include "simulators/eventhub/text.h"
#include "simulators/kit/rbac.h"
#include "simulators/kit/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEND_ACTION "Microsoft.EventHub/namespaces/messages/send/action"
#define RECEIVE_ACTION "Microsoft.EventHub/namespaces/messages/receive/action"

struct sas { /* a taken-apart shared access signature; texts in an arena */
    const char *resource_raw, *resource, *signature, *expiry, *rule;
};

static enum base_status check_jwt(eh_t *eh, const char *space, const char *token,
                                  struct eh_claim *out, struct base_error *err);
static enum base_status check_sas(eh_t *eh, const char *space, const char *token, const char *path,
                                  struct eh_claim *out, struct base_error *err);
static bool sas_parse(struct base_arena *arena, const char *token, struct sas *out);
static bool local_auth(eh_t *eh, const char *space);
static bool rule_copy(eh_t *eh, const char *space, const char *hub, const char *name,
                      struct eh_rule *out);
static bool sas_signed(const struct sas *sas, const char *key);
static bool covers(const char *above, const char *path);
static bool role_allows(eh_t *eh, const struct eh_claim *claim, const struct eh_wish *wish);

void eh_claims_release(struct eh_claims *claims)
{
    for (size_t i = 0; i < claims->count; i++)
        free(claims->items[i].path);
    free(claims->items);
    *claims = (struct eh_claims){0};
}

bool eh_claims_put(struct eh_claims *claims, struct eh_claim *claim)
{
    for (size_t i = 0; i < claims->count; i++)
        if (strcmp(claims->items[i].path, claim->path) == 0) {
            free(claims->items[i].path);
            claims->items[i] = *claim;
            return true;
        }
    if (claims->count == EH_CLAIMS_MAX) {
        free(claim->path);
        return false;
    }
    claims->items = base_realloc(claims->items, (claims->count + 1) * sizeof(*claims->items));
    claims->items[claims->count++] = *claim;
    return true;
}

char *eh_path_of(const char *audience)
{
    struct base_buf out = {0};
    const char *scheme = strstr(audience, "://");
    if (scheme) {
        audience = strchr(scheme + 3, '/');
        audience = audience ? audience : "";
    }
    while (*audience == '/')
        audience++;
    if (!base_uri_decode(&out, audience, strlen(audience), false)) {
        base_buf_clear(&out);
        base_buf_puts(&out, audience);
    }
    while (out.len > 0 && out.data[out.len - 1] == '/')
        out.data[--out.len] = '\0';
    char *path = base_buf_take(&out);
    base_lower(path);
    return path;
}

enum base_status eh_token_check(eh_t *eh, const char *space, const char *type, const char *token,
                                const char *audience, struct eh_claim *out, struct base_error *err)
{
    enum base_status status;
    *out = (struct eh_claim){.path = eh_path_of(audience)};
    if (base_equal_nocase(type, "jwt"))
        status = check_jwt(eh, space, token, out, err);
    else if (base_equal_nocase(type, "servicebus.windows.net:sastoken"))
        status = check_sas(eh, space, token, out->path, out, err);
    else
        status = base_error_set(err, BASE_INVALID, EH_E_ARGUMENT,
                                "The token type '%s' is not supported; expected jwt or "
                                "servicebus.windows.net:sastoken.",
                                type);
    if (status != BASE_OK) {
        free(out->path);
        out->path = NULL;
    }
    return status;
}

bool eh_key_check(eh_t *eh, const char *space, const char *rule, const char *key,
                  struct eh_claim *out)
{
    bool good = false;
    pthread_mutex_lock(&eh->lock);
    const struct eh_namespace *at = eh_namespace_find(eh, space);
    const struct eh_rule *found = at && at->local_auth ? eh_rule_find(&at->rules, rule) : NULL;
    const char *hub = "";
    for (size_t i = 0; at && at->local_auth && !found && i < at->count; i++) {
        found = eh_rule_find(&at->hubs[i]->rules, rule);
        hub = at->hubs[i]->name;
    }
    if (found && (base_equal(found->keys[0], key) || base_equal(found->keys[1], key))) {
        *out = (struct eh_claim){
            .path = base_strdup(hub), .rights = found->rights, .expires_ms = INT64_MAX};
        base_lower(out->path);
        snprintf(out->name, sizeof(out->name), "%s", found->name);
        good = true;
    }
    pthread_mutex_unlock(&eh->lock);
    return good;
}

bool eh_claims_alive(const struct eh_claims *claims, const char *path, int64_t now_ms)
{
    for (size_t i = 0; i < claims->count; i++)
        if (claims->items[i].expires_ms > now_ms && covers(claims->items[i].path, path))
            return true;
    return false;
}

const struct eh_claim *eh_claims_grant(eh_t *eh, const struct eh_claims *claims,
                                       const struct eh_wish *wish)
{
    int64_t now = sim_now_ms(eh->world);
    for (size_t i = 0; i < claims->count; i++) {
        const struct eh_claim *claim = &claims->items[i];
        if (claim->expires_ms <= now || !covers(claim->path, wish->path))
            continue;
        if (claim->rights ? (claim->rights & wish->any_of) != 0 : role_allows(eh, claim, wish))
            return claim;
    }
    return NULL;
}

/* -- tokens -- */

static enum base_status check_jwt(eh_t *eh, const char *space, const char *token,
                                  struct eh_claim *out, struct base_error *err)
{
    char own[300];
    const char *audiences[] = {"https://eventhubs.azure.net", "https://servicebus.azure.net", own,
                               NULL};
    struct sim_caller caller = {0};
    struct base_error cause = {0};
    snprintf(own, sizeof(own), "https://%s." EH_DOMAIN, space);
    if (sim_token_check(eh->world, token, audiences, &caller, &cause) != BASE_OK)
        return base_error_set(err, BASE_UNAUTHENTICATED, cause.code, "%s: %s", cause.code,
                              cause.message);
    snprintf(out->object_id, sizeof(out->object_id), "%s", caller.object_id);
    snprintf(out->name, sizeof(out->name), "%s", caller.name);
    out->expires_ms = caller.expires_ms;
    return BASE_OK;
}

static enum base_status check_sas(eh_t *eh, const char *space, const char *token, const char *path,
                                  struct eh_claim *out, struct base_error *err)
{
    struct base_arena arena;
    struct sas sas;
    struct eh_rule rule = {0};
    int64_t expiry = 0;
    enum base_status status = BASE_OK;
    char *resource = NULL;

    base_arena_init(&arena);
    if (!sas_parse(&arena, token, &sas) || !base_parse_int64(sas.expiry, &expiry)) {
        status =
            base_error_set(err, BASE_UNAUTHENTICATED, "MalformedToken",
                           "MalformedToken: The token is not a shared access signature of the form "
                           "'SharedAccessSignature sr=..&sig=..&se=..&skn=..'.");
        goto done;
    }
    if (!local_auth(eh, space)) {
        status = base_error_set(
            err, BASE_UNAUTHENTICATED, "LocalAuthDisabled",
            "LocalAuthDisabled: Authorization failed because SAS authentication has been disabled "
            "for the namespace.");
        goto done;
    }
    resource = eh_path_of(sas.resource);
    if (!covers(resource, path)) {
        status = base_error_set(err, BASE_UNAUTHENTICATED, "InvalidAudience",
                                "InvalidAudience: The token's resource '%s' does not cover '%s'.",
                                sas.resource, path);
        goto done;
    }
    bool good = rule_copy(eh, space, path, sas.rule, &rule) &&
                (sas_signed(&sas, rule.keys[0]) || sas_signed(&sas, rule.keys[1]));
    if (!good) { /* a hub's rule may hide the namespace's of the same name */
        free(rule.keys[0]);
        free(rule.keys[1]);
        rule = (struct eh_rule){0};
        good = rule_copy(eh, space, "", sas.rule, &rule) &&
               (sas_signed(&sas, rule.keys[0]) || sas_signed(&sas, rule.keys[1]));
    }
    if (!good)
        status = base_error_set(err, BASE_UNAUTHENTICATED, "InvalidSignature",
                                "InvalidSignature: The token has an invalid signature.");
    else if (expiry <= sim_now_ms(eh->world) / 1000)
        status = base_error_set(err, BASE_UNAUTHENTICATED, "ExpiredToken",
                                "ExpiredToken: The token is expired. Expiration time: %lld.",
                                (long long)expiry);
    out->rights = rule.rights;
    out->expires_ms = expiry * 1000;
    snprintf(out->name, sizeof(out->name), "%s", sas.rule);
done:
    free(resource);
    free(rule.keys[0]);
    free(rule.keys[1]);
    base_arena_release(&arena);
    return status;
}

static bool sas_parse(struct base_arena *arena, const char *token, struct sas *out)
{
    static const char scheme[] = "SharedAccessSignature ";
    *out = (struct sas){0};
    if (!base_starts_nocase(token, scheme))
        return false;
    token += strlen(scheme);
    out->resource = base_query_get(arena, token, "sr");
    out->signature = base_query_get(arena, token, "sig");
    out->expiry = base_query_get(arena, token, "se");
    out->rule = base_query_get(arena, token, "skn");
    for (const char *at = token; at; at = strchr(at, '&')) {
        at += *at == '&';
        if (base_starts_nocase(at, "sr="))
            out->resource_raw = base_arena_strndup(arena, at + 3, strcspn(at + 3, "&"));
    }
    return out->resource && out->resource_raw && out->signature && out->expiry && out->rule;
}

static bool local_auth(eh_t *eh, const char *space)
{
    pthread_mutex_lock(&eh->lock);
    const struct eh_namespace *at = eh_namespace_find(eh, space);
    bool allowed = at && at->local_auth;
    pthread_mutex_unlock(&eh->lock);
    return allowed;
}

/* The rule of the path's hub ("" or no such hub: of the namespace): its rights and copies of its keys. */
static bool rule_copy(eh_t *eh, const char *space, const char *path, const char *name,
                      struct eh_rule *out)
{
    char *hub_name = base_strndup(path, strcspn(path, "/"));
    pthread_mutex_lock(&eh->lock);
    struct eh_namespace *at = eh_namespace_find(eh, space);
    const struct eh_hub *hub = eh_hub_find(at, hub_name);
    const struct eh_rule *rule = NULL;
    if (at)
        rule = hub ? eh_rule_find(&hub->rules, name) : eh_rule_find(&at->rules, name);
    if (rule) {
        out->rights = rule->rights;
        out->keys[0] = base_strdup(rule->keys[0]);
        out->keys[1] = base_strdup(rule->keys[1]);
    }
    pthread_mutex_unlock(&eh->lock);
    free(hub_name);
    return rule != NULL;
}

/* The key's text is the secret, not what it encodes (facts eventhub.md §2 $cbs). */
static bool sas_signed(const struct sas *sas, const char *key)
{
    struct base_buf text = {0}, sent = {0};
    unsigned char mac[32];
    base_buf_printf(&text, "%s\n%s", sas->resource_raw, sas->expiry);
    base_hmac_sha256(key, strlen(key), text.data, text.len, mac);
    bool good = base_base64_decode(&sent, sas->signature, strlen(sas->signature)) &&
                sent.len == sizeof(mac) && base_equal_constant_time(mac, sent.data, sizeof(mac));
    base_buf_release(&text);
    base_buf_release(&sent);
    return good;
}

/* -- claims -- */

static bool covers(const char *above, const char *path)
{
    size_t len = strlen(above);
    return len == 0 || (strncmp(above, path, len) == 0 && (path[len] == '\0' || path[len] == '/'));
}

static bool role_allows(eh_t *eh, const struct eh_claim *claim, const struct eh_wish *wish)
{
    struct base_buf scope = {0};
    bool good = false;
    base_buf_puts(&scope, wish->hub->id);
    if (wish->group)
        base_buf_printf(&scope, "/consumergroups/%s", wish->group);
    if (wish->any_of & EH_SEND)
        good = sim_rbac_allows(eh->world, claim->object_id, SEND_ACTION, true, scope.data);
    if (!good && (wish->any_of & EH_LISTEN))
        good = sim_rbac_allows(eh->world, claim->object_id, RECEIVE_ACTION, true, scope.data);
    base_buf_release(&scope);
    return good;
}
