/* Decides how memory is taken: heap that aborts, arenas in blocks, buffers that double. */
#include "common/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_FIRST                                                                                \
    2048 /* many arenas stay small; each block is twice as large as the one before */
#define ARENA_MOST (64 * 1024)

struct base_arena_block {
    struct base_arena_block *next;
    size_t size;
    _Alignas(16) char data[];
};

void *base_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        BUG("out of memory (%zu bytes)", size);
    return memory;
}

void *base_realloc(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        BUG("out of memory (%zu bytes)", size);
    return memory;
}

char *base_strdup(const char *text)
{
    return text ? base_strndup(text, strlen(text)) : NULL;
}

char *base_strndup(const char *text, size_t len)
{
    char *copy = base_alloc(len + 1);
    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *base_asprintf(const char *fmt, ...)
{
    struct base_buf buf = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&buf, fmt, args);
    va_end(args);
    return base_buf_take(&buf);
}

void base_arena_init(struct base_arena *arena)
{
    memset(arena, 0, sizeof *arena);
}

void base_arena_release(struct base_arena *arena)
{
    for (struct base_arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    memset(arena, 0, sizeof *arena);
}

void base_arena_reset(struct base_arena *arena)
{
    struct base_arena_block *keep = arena->blocks;

    if (!keep)
        return;
    struct base_arena rest = {.blocks = keep->next};
    base_arena_release(&rest);
    keep->next = NULL;
    memset(keep->data, 0, arena->used);
    arena->used = 0;
}

static size_t next_room(const struct base_arena *arena, size_t need)
{
    size_t room = arena->blocks ? arena->blocks->size * 2 : ARENA_FIRST;

    room = room > ARENA_MOST ? ARENA_MOST : room;
    return need > room ? need : room;
}

void *base_arena_alloc(struct base_arena *arena, size_t size)
{
    size_t need = (size + 15) & ~(size_t)15;

    if (!arena->blocks || arena->blocks->size - arena->used < need) {
        size_t room = next_room(arena, need);
        struct base_arena_block *block = base_alloc(sizeof *block + room);
        block->next = arena->blocks;
        block->size = room;
        arena->blocks = block;
        arena->used = 0;
    }
    void *memory = arena->blocks->data + arena->used;
    arena->used += need;
    return memory;
}

char *base_arena_strndup(struct base_arena *arena, const char *text, size_t len)
{
    char *copy = base_arena_alloc(arena, len + 1);
    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *base_arena_strdup(struct base_arena *arena, const char *text)
{
    return text ? base_arena_strndup(arena, text, strlen(text)) : NULL;
}

char *base_arena_printf(struct base_arena *arena, const char *fmt, ...)
{
    va_list args, again;

    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    char *text = base_arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    va_end(args);
    return text;
}

void base_buf_init(struct base_buf *buf)
{
    memset(buf, 0, sizeof *buf);
}

void base_buf_release(struct base_buf *buf)
{
    free(buf->data);
    memset(buf, 0, sizeof *buf);
}

void base_buf_clear(struct base_buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void base_buf_reserve(struct base_buf *buf, size_t more)
{
    size_t need = buf->len + more + 1;

    if (need <= buf->cap)
        return;
    size_t cap = buf->cap ? buf->cap : 64;
    while (cap < need)
        cap *= 2;
    buf->data = base_realloc(buf->data, cap);
    buf->data[buf->len] = '\0';
    buf->cap = cap;
}

void base_buf_append(struct base_buf *buf, const void *data, size_t len)
{
    base_buf_reserve(buf, len);
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void base_buf_puts(struct base_buf *buf, const char *text)
{
    base_buf_append(buf, text, strlen(text));
}

void base_buf_printf(struct base_buf *buf, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(buf, fmt, args);
    va_end(args);
}

void base_buf_vprintf(struct base_buf *buf, const char *fmt, va_list args)
{
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    BUG_ON(len < 0);
    base_buf_reserve(buf, (size_t)len);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
    buf->len += (size_t)len;
}

void base_buf_drop(struct base_buf *buf, size_t count)
{
    BUG_ON(count > buf->len);
    if (!count)
        return;
    memmove(buf->data, buf->data + count, buf->len - count + 1);
    buf->len -= count;
}

char *base_buf_take(struct base_buf *buf)
{
    char *data = buf->data ? buf->data : base_strdup("");
    memset(buf, 0, sizeof *buf);
    return data;
}
