/* Decides from a trace how often each object was made and unmade. */
#include "runner/mask.h"
#include "runner/sweep.h"

#include <stdlib.h>
#include <string.h>

/* An object is there from the first write of it that succeeded until a delete of it did. Made: a write that brought it, and
 * every later one that the service says made something anew (201, or a call that always does). Gone: a delete that took it away;
 * one of what is not there is no second deletion. */

/* Calls that make something new each time, whatever their status. */
static const char *const always_new[] = {"keyvault.ImportCertificate", "keyvault.CreateCertificate",
                                         "keyvault.SetSecret"};
/* POSTs that make nothing that stays. */
static const char *const make_nothing[] = {"entra.*", "*.list*", "keyvault.Get*", "imds.*"};

static bool one_of(const char *const *globs, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (base_glob_nocase(globs[i], text))
            return true;
    return false;
}

#define ONE_OF(list, text) one_of(list, sizeof(list) / sizeof *(list), text)

/* Status 0: it was struck, after its effect or before. */
static bool took_effect(const cJSON *event)
{
    int status = (int)base_json_number(event, "status", 0);
    const char *fault = base_json_text(event, "fault");

    return (status >= 200 && status < 300) ||
           (!status && fault && (strstr(fault, "(dropAnswer)") || strstr(fault, "(park)")));
}

/* A collection that is posted to: the name is in the body. */
static char *posted_name(const cJSON *event)
{
    static const char named[] = "\"metadata\":{\"name\":\"";
    const char *text = base_json_text(event, "request");
    cJSON *body = text ? base_json_parse(text, strlen(text), NULL) : NULL;
    const char *name = base_json_text(body, "metadata.name");
    const char *cut =
        text && !body ? strstr(text, named) : NULL; /* the trace shortens long bodies */
    char *copy =
        name  ? base_asprintf("/%s", name)
        : cut ? base_asprintf("/%.*s", (int)strcspn(cut + strlen(named), "\""), cut + strlen(named))
              : base_strdup("");

    cJSON_Delete(body);
    return copy;
}

/* "service address", without query, action and upper case. */
static char *key_of(const cJSON *event, const char *method)
{
    const char *url = base_json_text(event, "url");
    size_t len = strcspn(url, "?");
    struct base_buf key = {0};

    if (len > 7 && !strncmp(url + len - 7, "/import", 7))
        len -= 7;
    base_buf_printf(&key, "%s %.*s", base_json_text(event, "service"), (int)len, url);
    if (!strcmp(method, "POST")) {
        char *name = posted_name(event);
        base_buf_puts(&key, name);
        free(name);
    }
    return base_buf_take(&key);
}

static void raise(cJSON *counts, const char *key, const char *what)
{
    struct base_buf masked = {0};

    run_mask_ids(key, &masked);
    cJSON *entry = cJSON_GetObjectItemCaseSensitive(counts, masked.data);
    if (!entry) {
        entry = cJSON_AddObjectToObject(counts, masked.data);
        base_json_set_number(entry, "made", 0);
        base_json_set_number(entry, "gone", 0);
    }
    base_json_set_number(entry, what, base_json_number(entry, what, 0) + 1);
    base_buf_release(&masked);
}

static void note(cJSON *counts, cJSON *there, const cJSON *event)
{
    const char *method = base_json_text(event, "method"), *call = base_json_text(event, "call");
    bool write = method && (!strcmp(method, "PUT") || !strcmp(method, "POST"));
    bool remove = method && !strcmp(method, "DELETE");

    if ((!write && !remove) || !call || !took_effect(event) ||
        (!strcmp(method, "POST") && ONE_OF(make_nothing, call)))
        return;
    char *key = key_of(event, method);
    bool is_there = cJSON_GetObjectItemCaseSensitive(there, key) != NULL;
    if (remove && is_there)
        raise(counts, key, "gone");
    if (write &&
        (!is_there || base_json_number(event, "status", 0) == 201 || ONE_OF(always_new, call)))
        raise(counts, key, "made");
    if (remove)
        cJSON_DeleteItemFromObjectCaseSensitive(there, key);
    else if (!is_there)
        cJSON_AddTrueToObject(there, key);
    free(key);
}

cJSON *run_objects_count(const cJSON *trace, const cJSON *callers)
{
    cJSON *counts = cJSON_CreateObject(), *there = cJSON_CreateObject();

    for (const cJSON *event = trace ? trace->child : NULL; event; event = event->next)
        if (run_fits_one(callers, base_json_text(event, "caller")))
            note(counts, there, event);
    cJSON_Delete(there);
    return counts;
}

static bool same_entry(const char *key, const cJSON *clean, const cJSON *now,
                       struct base_buf *difference)
{
    static const char *const words[] = {"made", "gone"};
    bool same = true;

    for (size_t i = 0; i < 2; i++) {
        int want = (int)base_json_number(clean, words[i], 0),
            got = (int)base_json_number(now, words[i], 0);
        if (want == got)
            continue;
        base_buf_printf(difference, "  %s: %s %d times, in the clean run %d\n", key, words[i], got,
                        want);
        same = false;
    }
    return same;
}

bool run_objects_same(const cJSON *clean, const cJSON *now, struct base_buf *difference)
{
    bool same = true;

    for (const cJSON *item = clean ? clean->child : NULL; item; item = item->next)
        same = same_entry(item->string, item, cJSON_GetObjectItemCaseSensitive(now, item->string),
                          difference) &&
               same;
    for (const cJSON *item = now ? now->child : NULL; item; item = item->next)
        if (!cJSON_GetObjectItemCaseSensitive(clean, item->string))
            same = same_entry(item->string, NULL, item, difference) && same;
    return same;
}
