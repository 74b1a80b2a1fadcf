/* Decides how a secret leaves memory and is kept out of sentences. */
#include "azure/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN "***"
#define SHORTEST 6 /* a secret shorter than this would blot out ordinary words */

void az_secret_free(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void az_secret_release(struct base_buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->cap);
    base_buf_release(buf);
}

void az_secret_headers(struct base_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        explicit_bzero(headers->items[i].value, strlen(headers->items[i].value));
    base_headers_release(headers);
}

static void wipe(cJSON *node)
{
    for (; node; node = node->next) {
        if (node->valuestring)
            explicit_bzero(node->valuestring, strlen(node->valuestring));
        wipe(node->child);
    }
}

void az_secret_json(cJSON *node)
{
    wipe(node);
    cJSON_Delete(node);
}

/* Replaces text[at, at + len) by `by`, within the field's size. */
static void replace(char *text, size_t size, size_t at, size_t len, const char *by)
{
    char *rest = base_strdup(text + at + len);

    snprintf(text + at, size - at, "%s%s", by, rest);
    free(rest);
}

static void conceal_in(char *text, size_t size, const char *secret)
{
    size_t len = strlen(secret);
    char *found;

    while ((found = strstr(text, secret)))
        replace(text, size, (size_t)(found - text), len, HIDDEN);
    size_t have = strlen(text);
    if (have + 1 < size) /* not cut */
        return;
    for (size_t part = len < have ? len : have; part >= SHORTEST; part--)
        if (!strncmp(text + have - part, secret, part)) {
            replace(text, size, have - part, part, HIDDEN);
            return;
        }
}

static void conceal_everywhere(struct base_error *err, const char *secret)
{
    conceal_in(err->message, sizeof err->message, secret);
    conceal_in(err->target, sizeof err->target, secret);
    conceal_in(err->code, sizeof err->code, secret);
}

void az_conceal(struct base_error *err, const char *secret)
{
    struct base_buf encoded = {0};

    if (!err || !secret || strlen(secret) < SHORTEST)
        return;
    conceal_everywhere(err, secret);
    base_uri_encode(&encoded, secret, NULL);
    if (strcmp(encoded.data, secret))
        conceal_everywhere(err, encoded.data);
    az_secret_release(&encoded);
}

void az_conceal_query(struct base_error *err, const char *url)
{
    size_t plain = url ? strcspn(url, "?") : 0;

    if (!err || !url || !url[plain])
        return;
    char *marked = base_strndup(url, plain + 1), *found = err->message;
    while ((found = strstr(found, marked))) {
        size_t at = (size_t)(found - err->message) + plain, len = 0;
        while (url[plain + len] && err->message[at + len] == url[plain + len])
            len++;
        replace(err->message, sizeof err->message, at, len, "");
        found = err->message + at;
    }
    free(marked);
}
