/* common/text.h: text, encodings and URIs. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include "common/mem.h"

/* Plain comparisons; NULL equals only NULL. nocase folds ASCII letters only (ARM names: facts of
 * the RPC). */
bool base_equal(const char *a, const char *b);
bool base_equal_nocase(const char *a, const char *b);
bool base_starts_nocase(const char *text, const char *prefix);
bool base_ends_nocase(const char *text, const char *suffix);
/* `*` matches any run, `?` one character; ASCII case folded. For host patterns such as
 * "*.vault.azure.net". */
bool base_glob_nocase(const char *pattern, const char *text);
void base_lower(char *text); /* ASCII, in place */

/* Whole text as a decimal integer; false when it is not one or does not fit. */
bool base_parse_int64(const char *text, int64_t *out);

/* "90s": a whole number, a million at most, of ms, s, m or h. False when it is not one. */
bool base_parse_duration(const char *text, int64_t *ms);

/* Appends `sentence` with each {n} (one digit) replaced by texts[n]; `texts` ends with NULL, and a text
 * that was not given becomes nothing. The sentence is the program's own: a lone '{' is a bug in it. */
void base_fill_in(struct base_buf *out, const char *sentence, const char *const *texts);

/* Encoders append to `out`; decoders return false on a malformed input (out may hold a part). */
void base_base64_encode(struct base_buf *out, const void *data, size_t len);
void base_base64url_encode(struct base_buf *out, const void *data, size_t len); /* no padding */
/* Takes both alphabets, padding optional, white space ignored. */
bool base_base64_decode(struct base_buf *out, const char *text, size_t len);
void base_hex_encode(struct base_buf *out, const void *data, size_t len); /* lower case */

/* Percent-encodes all but RFC 3986 unreserved characters and those of `keep` (NULL: none). */
void base_uri_encode(struct base_buf *out, const char *text, const char *keep);
/* Decodes %xx; `plus` also turns '+' into a blank (forms). False on a cut or bad escape. */
bool base_uri_decode(struct base_buf *out, const char *text, size_t len, bool plus);

/* A URL taken apart; texts live in the arena handed to base_uri_parse. */
struct base_uri {
    const char *scheme; /* lower case */
    const char *host;   /* lower case, without brackets */
    int port;           /* the scheme's default when absent; 0 if unknown */
    const char *path;   /* raw, "/" when absent */
    const char *query;  /* raw, without '?'; "" when absent */
};
BASE_MUST_USE bool base_uri_parse(struct base_arena *arena, const char *text, struct base_uri *out);

/* One key=value of a query or form, both decoded. */
struct base_pair {
    const char *name, *value;
};
/* Takes a raw query (or form when `plus`) apart. Returns the count; *out lives in the arena. */
size_t base_query_parse(struct base_arena *arena, const char *raw, bool plus,
                        struct base_pair **out);
/* The decoded value of a query parameter, name compared without case; NULL when absent. */
const char *base_query_get(struct base_arena *arena, const char *raw, const char *name);
/* Appends "&name=value" (or "?..." when `out` holds no '?') with both percent-encoded. */
void base_query_add(struct base_buf *out, const char *name, const char *value);

/* Splits a raw path at '/', drops empty segments, decodes each. Returns the count; *out in the
 * arena. */
size_t base_path_split(struct base_arena *arena, const char *path, const char ***out);

#endif
