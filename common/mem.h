/* common/mem.h: memory that never fails (out of memory aborts: the crash sweep proves a crash is
 * safe), the arena, and the growable byte buffer. */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include "common/error.h"

#include <stdarg.h>
#include <stdint.h>

/* Heap memory, zeroed; release with free(). Abort when there is none. */
void *base_alloc(size_t size) BASE_MUST_USE;
void *base_realloc(void *old, size_t size) BASE_MUST_USE;
char *base_strdup(const char *text) BASE_MUST_USE;              /* NULL -> NULL */
char *base_strndup(const char *text, size_t len) BASE_MUST_USE; /* always NUL-terminated */
char *base_asprintf(const char *fmt, ...) BASE_PRINTF(1, 2) BASE_MUST_USE;

/* An arena: everything taken from it goes at once, with reset or release. Not thread-safe. */
struct base_arena {
    struct base_arena_block *blocks; /* newest first */
    size_t used;                     /* in the newest block */
};
void base_arena_init(struct base_arena *arena);
void base_arena_release(struct base_arena *arena);
void base_arena_reset(struct base_arena *arena);               /* keeps one block for reuse */
void *base_arena_alloc(struct base_arena *arena, size_t size); /* zeroed, 16-byte aligned */
char *base_arena_strndup(struct base_arena *arena, const char *text, size_t len);
char *base_arena_strdup(struct base_arena *arena, const char *text); /* NULL -> NULL */
char *base_arena_printf(struct base_arena *arena, const char *fmt, ...) BASE_PRINTF(2, 3);

/* A byte buffer that grows; data is NUL-terminated after every call (the NUL is not in len).
 * Zero-initialise (= {0}) or base_buf_init; data is NULL while nothing was added. */
struct base_buf {
    char *data;
    size_t len, cap;
};
void base_buf_init(struct base_buf *buf);
void base_buf_release(struct base_buf *buf);
void base_buf_clear(struct base_buf *buf); /* len = 0, keeps the memory */
void base_buf_append(struct base_buf *buf, const void *data, size_t len);
void base_buf_puts(struct base_buf *buf, const char *text);
void base_buf_printf(struct base_buf *buf, const char *fmt, ...) BASE_PRINTF(2, 3);
void base_buf_vprintf(struct base_buf *buf, const char *fmt, va_list args);
void base_buf_reserve(struct base_buf *buf, size_t more); /* room for `more` bytes after len */
void base_buf_drop(struct base_buf *buf, size_t count);   /* removes from the front */
char *base_buf_take(struct base_buf *buf) BASE_MUST_USE;  /* hands the memory over; "" if empty */

static inline void base_buf_putc(struct base_buf *buf, char c)
{
    if (buf->cap < buf->len + 2)
        base_buf_reserve(buf, 1);
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
}

#endif
