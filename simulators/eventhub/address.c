/* Takes the address of a link apart (facts eventhub.md §2, Send and Receive). */
#include "simulators/eventhub/address.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 6

static char *bare_path(struct amqp_bytes text);
static size_t split(char *path, char *parts[PARTS_MAX]);
static bool read_parts(char *parts[PARTS_MAX], size_t count, bool sending, struct eh_address *out);

bool eh_address_parse(struct amqp_bytes text, bool sending, struct eh_address *out)
{
    char *parts[PARTS_MAX];
    *out = (struct eh_address){0};
    if (!text.data)
        return false;
    out->path = bare_path(text);
    char *copy = base_strdup(out->path);
    bool good = read_parts(parts, split(copy, parts), sending, out);
    free(copy);
    if (!good)
        eh_address_release(out);
    return good;
}

void eh_address_release(struct eh_address *address)
{
    free(address->path);
    free(address->hub);
    free(address->group);
    free(address->partition);
    free(address->publisher);
    *address = (struct eh_address){0};
}

static char *bare_path(struct amqp_bytes text)
{
    char *whole = amqp_bytes_dup(text), *at = strstr(whole, "://");
    if (at) {
        at = strchr(at + 3, '/');
        at = at ? at : whole + strlen(whole);
    } else {
        at = whole;
    }
    at += strspn(at, "/");
    size_t len = strlen(at);
    while (len > 0 && at[len - 1] == '/')
        len--;
    char *path = base_strndup(at, len);
    free(whole);
    return path;
}

/* Returns the count of parts; PARTS_MAX means too many. */
static size_t split(char *path, char *parts[PARTS_MAX])
{
    size_t count = 0;
    for (char *part; count < PARTS_MAX && (part = strsep(&path, "/")) != NULL;)
        parts[count++] = part;
    return count;
}

static bool read_parts(char *parts[PARTS_MAX], size_t count, bool sending, struct eh_address *out)
{
    out->kind = sending ? EH_NODE_SEND : EH_NODE_RECEIVE;
    if (count == 0 || count == PARTS_MAX || !parts[0][0])
        return false;
    if (count == 1 && base_equal_nocase(parts[0], "$cbs")) {
        out->kind = EH_NODE_CBS;
        return true;
    }
    if (base_equal_nocase(parts[count - 1], "$management")) {
        out->kind = EH_NODE_MANAGEMENT;
        out->hub = count == 2 ? base_strdup(parts[0]) : NULL;
        return count <= 2;
    }
    out->hub = base_strdup(parts[0]);
    if (sending && count == 1)
        return true;
    if (sending && count == 3 && base_equal_nocase(parts[1], "Partitions"))
        out->partition = base_strdup(parts[2]);
    if (sending && count == 3 && base_equal_nocase(parts[1], "Publishers"))
        out->publisher = base_strdup(parts[2]);
    if (!sending && count == 5 && base_equal_nocase(parts[1], "ConsumerGroups") &&
        base_equal_nocase(parts[3], "Partitions")) {
        out->group = base_strdup(parts[2]);
        out->partition = base_strdup(parts[4]);
    }
    return out->partition || out->publisher;
}
