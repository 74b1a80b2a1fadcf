/* Decides what every exchange with ARM must keep to (contract of resource providers; facts of the RPC 1.3, 1.5, 1.7). */
#include "runner/run.h"
#include "runner/swagger.h"

#include <stdio.h>
#include <string.h>

struct exchange {
    const char *method, *url;
    const cJSON *answer, *body;
    int status;
};

static bool error_has_shape(const struct exchange *x, char *sentence, size_t size)
{
    if (x->status < 400 || x->status >= 500 || !strcmp(x->method, "HEAD"))
        return true; /* a 5xx may come from a machine in between: not yet, rather than never */
    if (base_json_text(x->body, "error.code") && base_json_text(x->body, "error.message"))
        return true;
    snprintf(sentence, size, "HTTP %d without error.code and error.message", x->status);
    return false;
}

static bool tracking_is_absolute(const struct exchange *x, char *sentence, size_t size)
{
    static const char *const names[] = {"Azure-AsyncOperation", "Location"};

    if (strstr(x->url, "/providers/Microsoft.ManagedIdentity/")) /* relative, as recorded */
        return true;
    for (size_t i = 0; i < 2; i++) {
        const char *url = run_answer_header(x->answer, names[i]);
        if (url && strncmp(url, "https://management.azure.com/", 29)) {
            snprintf(sentence, size, "%s is not an absolute URL at the ARM front door: %.200s",
                     names[i], url);
            return false;
        }
    }
    return true;
}

static bool accepted_can_be_followed(const struct exchange *x, char *sentence, size_t size)
{
    if (x->status != 202 || run_answer_header(x->answer, "Location") ||
        run_answer_header(x->answer, "Azure-AsyncOperation") || strstr(x->url, "/operation"))
        return true;
    snprintf(sentence, size, "202 without Location or Azure-AsyncOperation");
    return false;
}

static bool retry_after_is_whole(const struct exchange *x, char *sentence, size_t size)
{
    const char *text = run_answer_header(x->answer, "Retry-After");
    int64_t seconds;

    if (!text || base_parse_int64(text, &seconds))
        return true;
    snprintf(sentence, size, "Retry-After is \"%.80s\", expected whole seconds", text);
    return false;
}

static bool is_resource_url(const char *url)
{
    const char *providers = strstr(url, "/providers/");
    int slashes = 0;

    for (const char *next = providers; next; next = strstr(next + 1, "/providers/"))
        providers = next;
    for (const char *at = providers; at && *at && *at != '?'; at++)
        slashes += *at == '/';
    return providers && strstr(url, "/resourceGroups/") && slashes >= 4 && slashes % 2 == 0;
}

static bool resource_names_itself(const struct exchange *x, char *sentence, size_t size)
{
    static const char *const members[] = {"id", "name", "type"};

    if (strcmp(x->method, "PUT") || x->status / 100 != 2 || x->status == 202 ||
        !is_resource_url(x->url))
        return true;
    for (size_t i = 0; i < 3; i++) {
        if (!base_json_text(x->body, members[i])) {
            snprintf(sentence, size, "the resource in the answer of a PUT has no \"%s\"",
                     members[i]);
            return false;
        }
    }
    return true;
}

static const char *secret_member(const cJSON *node)
{
    static const char *const names[] = {
        "client_secret",           "clientSecret", "primaryKey", "secondaryKey", "connectionString",
        "primaryConnectionString", "password",     "identityUrl"};

    for (const cJSON *item = node ? node->child : NULL; item; item = item->next) {
        for (size_t i = 0; item->string && i < sizeof names / sizeof *names; i++)
            if (base_equal_nocase(item->string, names[i]))
                return names[i];
        const char *found = secret_member(item);
        if (found)
            return found;
    }
    return NULL;
}

static bool no_secret(const struct exchange *x, char *sentence, size_t size)
{
    bool list = !strcmp(x->method, "POST") && strcasestr(x->url, "/list");
    const char *found = list ? NULL : secret_member(x->body);

    if (found)
        snprintf(sentence, size, "the answer of a %s holds the secret \"%s\"", x->method, found);
    return !found;
}

bool run_contract(const char *method, const char *url, const cJSON *answer, char *sentence,
                  size_t size)
{
    static bool (*const rules[])(const struct exchange *, char *, size_t) = {
        error_has_shape,      tracking_is_absolute,  accepted_can_be_followed,
        retry_after_is_whole, resource_names_itself, no_secret,
    };
    struct exchange x = {method, url, answer, base_json_at(answer, "body"),
                         (int)base_json_number(answer, "status", 0)};

    if (strncmp(url, "https://management.azure.com/", 29))
        return true;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!rules[i](&x, sentence, size))
            return false;
    return true;
}

bool run_contract_bodies(const char *method, const char *url, const char *request,
                         const cJSON *answer, struct base_error *err)
{
    char sentence[512];

    if (strncmp(url, "https://management.azure.com/", 29) ||
        run_swagger_fits(method, url, request, answer, sentence, sizeof sentence))
        return true;
    base_error_set(err, BASE_PROTOCOL, NULL, "contract of resource providers: %s", sentence);
    return false;
}
