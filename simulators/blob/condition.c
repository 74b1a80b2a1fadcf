/* Decides whether a request's conditional headers hold for a container or blob (facts clients.md
 * §5.2; REST reference, "Specifying conditional headers for Blob service operations"). */
#include "simulators/blob/server.h"

#include <string.h>
#include <time.h>

static bool etag_matches(const char *header, const char *etag);
static bool http_date(const char *text, int64_t *ms);
static bool date_holds(struct blob_call *call, const char *name, const struct blob_entry *entry,
                       bool *holds);
static bool unmet(struct blob_call *call, const struct blob_entry *entry, bool not_modified);

bool blob_conditions_hold(struct blob_call *call, const struct blob_entry *entry, bool reading)
{
    const char *match = blob_header(call, "If-Match"), *none = blob_header(call, "If-None-Match");
    bool since = true, until = true;

    if (match && !(entry && etag_matches(match, entry->etag)))
        return unmet(call, entry, false);
    if (!entry)
        return true;
    if (none && etag_matches(none, entry->etag))
        return unmet(call, entry, reading);
    if (!date_holds(call, "If-Modified-Since", entry, &since) ||
        !date_holds(call, "If-Unmodified-Since", entry, &until))
        return false;
    if (!since && !none)
        return unmet(call, entry, reading);
    return until ? true : unmet(call, entry, false);
}

/* `header` is an etag with or without quotes (list answers carry it without), or "*". */
static bool etag_matches(const char *header, const char *etag)
{
    size_t len = strlen(header);
    if (len >= 2 && header[0] == '"' && header[len - 1] == '"') {
        header++;
        len -= 2;
    }
    return (len == 1 && *header == '*') || (len == strlen(etag) && memcmp(header, etag, len) == 0);
}

static bool http_date(const char *text, int64_t *ms)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%a, %d %b %Y %H:%M:%S", &tm);
    if (!rest || (strcmp(rest, " GMT") != 0 && strcmp(rest, " UTC") != 0))
        return false;
    *ms = (int64_t)timegm(&tm) * 1000;
    return true;
}

/* False: the header is malformed and the request refused. */
static bool date_holds(struct blob_call *call, const char *name, const struct blob_entry *entry,
                       bool *holds)
{
    const char *text = blob_header(call, name);
    int64_t limit;
    if (!text)
        return true;
    if (!http_date(text, &limit)) {
        blob_refuse_with(call, "InvalidHeaderValue", "HeaderName", name);
        return false;
    }
    bool newer = entry->modified_ms / 1000 > limit / 1000;
    *holds = strcmp(name, "If-Modified-Since") == 0 ? newer : !newer;
    return true;
}

/* Always false: the answer is 304 without a body, or 412. */
static bool unmet(struct blob_call *call, const struct blob_entry *entry, bool not_modified)
{
    if (!not_modified) {
        blob_refuse(call, "ConditionNotMet");
        return false;
    }
    call->response->status = 304;
    base_headers_set(&call->response->headers, "x-ms-error-code", "ConditionNotMet");
    blob_stamp_headers(call, entry);
    return false;
}
