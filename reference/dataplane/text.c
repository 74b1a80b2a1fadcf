/* Decides how text is decoded, compared and folded, the way the connector's runtime does it. */
#include "reference/dataplane/text.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

typedef uint32_t (*dp_unit_reader)(const unsigned char **at, const unsigned char *end);

static int sequence_length(unsigned char first);
static uint32_t fold(uint32_t code, bool upper);
static locale_t unicode_locale(void);
static void next_units(const char **at, const char *end, uint32_t units[2]);
static uint32_t read_utf16(const unsigned char **at, const unsigned char *end, bool big);
static uint32_t read_utf16_le(const unsigned char **at, const unsigned char *end);
static uint32_t read_utf16_be(const unsigned char **at, const unsigned char *end);
static uint32_t read_utf32_le(const unsigned char **at, const unsigned char *end);
static uint32_t read_utf32_be(const unsigned char **at, const unsigned char *end);

static const struct {
    const char *mark;
    size_t len;
    dp_unit_reader read;
} byte_order_marks[] = {
    {"\xFF\xFE\x00\x00", 4, read_utf32_le},
    {"\x00\x00\xFE\xFF", 4, read_utf32_be},
    {"\xFF\xFE", 2, read_utf16_le},
    {"\xFE\xFF", 2, read_utf16_be},
};

uint32_t dp_utf8_next(const char **at, const char *end)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)*at;
    int len = sequence_length(*p);
    uint32_t code = len == 1 ? *p : *p & (0x7Fu >> len);

    if (len == 0 || end - *at < len) {
        (*at)++;
        return DP_REPLACEMENT;
    }
    for (int i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            (*at)++;
            return DP_REPLACEMENT;
        }
        code = code << 6 | (p[i] & 0x3F);
    }
    if (code < least[len] || code > 0x10FFFF) {
        (*at)++;
        return DP_REPLACEMENT;
    }
    *at += len;
    return code;
}

void dp_utf8_put(struct base_buf *out, uint32_t code)
{
    if (code < 0x80) {
        base_buf_putc(out, (char)code);
    } else if (code < 0x800) {
        base_buf_putc(out, (char)(0xC0 | code >> 6));
        base_buf_putc(out, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        base_buf_putc(out, (char)(0xE0 | code >> 12));
        base_buf_putc(out, (char)(0x80 | (code >> 6 & 0x3F)));
        base_buf_putc(out, (char)(0x80 | (code & 0x3F)));
    } else {
        base_buf_putc(out, (char)(0xF0 | code >> 18));
        base_buf_putc(out, (char)(0x80 | (code >> 12 & 0x3F)));
        base_buf_putc(out, (char)(0x80 | (code >> 6 & 0x3F)));
        base_buf_putc(out, (char)(0x80 | (code & 0x3F)));
    }
}

bool dp_is_blank(uint32_t code)
{
    return (code >= 9 && code <= 13) || code == ' ' || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool dp_text_blank(const char *text)
{
    const char *end = text ? text + strlen(text) : NULL;

    while (text && text < end)
        if (!dp_is_blank(dp_utf8_next(&text, end)))
            return false;
    return true;
}

int dp_text_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    const char *a_end = a + a_len, *b_end = b + b_len;

    while (a < a_end && b < b_end) {
        uint32_t left[2], right[2];
        next_units(&a, a_end, left);
        next_units(&b, b_end, right);
        for (int i = 0; i < 2; i++)
            if (left[i] != right[i])
                return left[i] < right[i] ? -1 : 1;
    }
    return (a < a_end) - (b < b_end);
}

bool dp_text_equal_nocase(const char *a, const char *b)
{
    const char *a_end, *b_end;

    if (!a || !b)
        return a == b;
    a_end = a + strlen(a);
    b_end = b + strlen(b);
    while (a < a_end && b < b_end)
        if (fold(dp_utf8_next(&a, a_end), true) != fold(dp_utf8_next(&b, b_end), true))
            return false;
    return a == a_end && b == b_end;
}

bool dp_text_is_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    text += strspn(text, " \t\n\v\f\r");
    return strncasecmp(text, word, len) == 0 && dp_text_blank(text + len);
}

uint32_t dp_code_lower(uint32_t code)
{
    return fold(code, false);
}

char *dp_text_lower(struct base_arena *arena, const char *text)
{
    struct base_buf buf = {0};
    const char *end = text + strlen(text);
    char *copy;

    while (text < end)
        dp_utf8_put(&buf, fold(dp_utf8_next(&text, end), false));
    copy = base_arena_strndup(arena, buf.len ? buf.data : "", buf.len);
    base_buf_release(&buf);
    return copy;
}

static bool is_ascii(const unsigned char *at, const unsigned char *end)
{
    uint64_t word, high = 0;

    for (; end - at >= 8; at += 8) {
        memcpy(&word, at, 8);
        high |= word;
    }
    for (; at < end; at++)
        high |= *at;
    return (high & UINT64_C(0x8080808080808080)) == 0;
}

const char *dp_text_decode(struct base_arena *arena, const void *bytes, size_t len, size_t *out_len)
{
    struct base_buf buf = {0};
    const unsigned char *at = bytes, *end = at + len;
    dp_unit_reader read = NULL;
    const char *copy;

    for (size_t i = 0; !read && i < sizeof byte_order_marks / sizeof *byte_order_marks; i++)
        if (len >= byte_order_marks[i].len &&
            memcmp(at, byte_order_marks[i].mark, byte_order_marks[i].len) == 0) {
            read = byte_order_marks[i].read;
            at += byte_order_marks[i].len;
        }
    if (!read && len >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
        at += 3;
    if (!read && is_ascii(at, end)) { /* nothing to put right */
        *out_len = (size_t)(end - at);
        return base_arena_strndup(arena, (const char *)at, *out_len);
    }
    base_buf_reserve(&buf, len + 1);
    while (at < end) {
        uint32_t code = read ? read(&at, end) : dp_utf8_next((const char **)&at, (const char *)end);
        bool surrogate = code >= 0xD800 && code < 0xE000;
        dp_utf8_put(&buf, surrogate ? DP_REPLACEMENT : code);
    }
    copy = base_arena_strndup(arena, buf.len ? buf.data : "", buf.len);
    *out_len = buf.len;
    base_buf_release(&buf);
    return copy;
}

static int sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Surrogates sort below U+E000..U+FFFF in UTF-16; that is the only place where the two orders differ. */
static void next_units(const char **at, const char *end, uint32_t units[2])
{
    uint32_t code = dp_utf8_next(at, end);

    units[0] = code < 0x10000 ? code : 0xD7C0 + (code >> 10);
    units[1] = code < 0x10000 ? 0 : 0xDC00 + (code & 0x3FF);
}

static uint32_t fold(uint32_t code, bool upper)
{
    if (code < 0x80) {
        if (upper)
            return code >= 'a' && code <= 'z' ? code - 32 : code;
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    }
    if (!unicode_locale())
        return code;
    return (uint32_t)(upper ? towupper_l((wint_t)code, unicode_locale())
                            : towlower_l((wint_t)code, unicode_locale()));
}

static locale_t locale_made;

static void locale_make(void)
{
    locale_made = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* C.UTF-8 is part of glibc itself; one locale for the life of the process. */
static locale_t unicode_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, locale_make);
    return locale_made;
}

static uint32_t unit16(const unsigned char *at, bool big)
{
    return big ? (uint32_t)(at[0] << 8 | at[1]) : (uint32_t)(at[1] << 8 | at[0]);
}

static uint32_t read_utf16(const unsigned char **at, const unsigned char *end, bool big)
{
    uint32_t first, second;

    if (end - *at < 2) {
        *at = end;
        return DP_REPLACEMENT;
    }
    first = unit16(*at, big);
    *at += 2;
    if (first < 0xD800 || first > 0xDBFF || end - *at < 2)
        return first;
    second = unit16(*at, big);
    if (second < 0xDC00 || second > 0xDFFF)
        return first;
    *at += 2;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

static uint32_t read_utf16_le(const unsigned char **at, const unsigned char *end)
{
    return read_utf16(at, end, false);
}

static uint32_t read_utf16_be(const unsigned char **at, const unsigned char *end)
{
    return read_utf16(at, end, true);
}

static uint32_t read_utf32(const unsigned char **at, const unsigned char *end, bool big)
{
    uint32_t code = 0;

    if (end - *at < 4) {
        *at = end;
        return DP_REPLACEMENT;
    }
    for (int i = 0; i < 4; i++)
        code |= (uint32_t)(*at)[i] << (big ? 24 - 8 * i : 8 * i);
    *at += 4;
    return code > 0x10FFFF ? DP_REPLACEMENT : code;
}

static uint32_t read_utf32_le(const unsigned char **at, const unsigned char *end)
{
    return read_utf32(at, end, false);
}

static uint32_t read_utf32_be(const unsigned char **at, const unsigned char *end)
{
    return read_utf32(at, end, true);
}
