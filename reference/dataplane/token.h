/* reference/dataplane/token.h: JSON values that keep integers, doubles, dates and texts apart, and know their place.
 *
 * Tokens live in the arena they were made from, are never freed one by one, and are immutable once they are handed to
 * another function (dp_object_set and dp_array_add are for whoever builds them). Not thread-safe while building; readable
 * from any thread afterwards. */
#ifndef REFERENCE_DATAPLANE_TOKEN_H
#define REFERENCE_DATAPLANE_TOKEN_H

#include "common/mem.h"
#include "reference/dataplane/date.h"

enum dp_type {
    DP_NULL, /* also "undefined" */
    DP_BOOL,
    DP_INT,
    DP_BIGINT, /* an integer beyond 64 bits: its text */
    DP_FLOAT,
    DP_STRING,
    DP_DATE,
    DP_ARRAY,
    DP_CONSTRUCTOR, /* new X(...): an array that is none */
    DP_OBJECT,
};

struct dp_token;

struct dp_text { /* may hold NUL bytes; always followed by one */
    const char *data;
    size_t len;
};

struct dp_member {
    struct dp_text name;
    struct dp_token *value;
    int line, column; /* of the name */
};

struct dp_children { /* of an array (names absent) or an object, in document order */
    struct dp_member *items;
    size_t count, capacity;
    uint32_t *index; /* hash of names once there are many; see token.c */
    size_t index_size;
};

struct dp_token {
    enum dp_type type;
    int line,
        column; /* 1-based, of the first character; 0 when the token was not read from a text */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct dp_text text; /* DP_STRING, DP_BIGINT */
        struct dp_date date;
        struct dp_children children;
    };
};

struct dp_token *dp_token_new(struct base_arena *arena, enum dp_type type);
struct dp_token *dp_token_text(struct base_arena *arena,
                               const char *text); /* NULL -> DP_NULL; copied */
struct dp_token *dp_token_text_len(struct base_arena *arena, const char *text, size_t len);
struct dp_token *dp_token_int(struct base_arena *arena, int64_t value);
struct dp_token *dp_token_float(struct base_arena *arena, double value);
struct dp_token *dp_token_bool(struct base_arena *arena, bool value);
struct dp_token *dp_token_date(struct base_arena *arena, struct dp_date date);

/* Adds or replaces a member; a replaced one keeps its place. The name is copied. Returns the member. */
struct dp_member *dp_object_set(struct base_arena *arena, struct dp_token *object, const char *name,
                                size_t len, struct dp_token *value);
void dp_array_add(struct base_arena *arena, struct dp_token *array, struct dp_token *value);

/* Exact name; NULL when absent or when `object` is no object. */
const struct dp_member *dp_object_find(const struct dp_token *object, const char *name, size_t len);
const struct dp_token *dp_object_get(const struct dp_token *object, const char *name);
/* Exact name first, then the first that differs in case only. */
const struct dp_member *dp_object_find_nocase(const struct dp_token *object, const char *name);

bool dp_is_container(const struct dp_token *token);
bool dp_text_same(const struct dp_text *a, const struct dp_text *b); /* byte for byte */
bool dp_token_is_text(const struct dp_token *token, const char *text);
const char *dp_type_name(enum dp_type type); /* "Integer", "Float", ... */

/* Appends JSON as the connector's serializer writes it (no blanks; 80.0 stays 80.0; dates in ISO form). */
void dp_token_write(struct base_buf *out, const struct dp_token *token);
/* Appends a JSON string with its quotes. A lone surrogate becomes U+FFFD. */
void dp_write_string(struct base_buf *out, const char *text, size_t len);

#endif
