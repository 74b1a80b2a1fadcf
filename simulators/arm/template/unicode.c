/* Decides how long a text is in UTF-16 units, and which letters are capital. */
#include "simulators/arm/template/function.h"

static bool begins(unsigned char byte)
{
    return (byte & 0xC0) != 0x80;
}

size_t arm_units_before(const char *text, size_t byte)
{
    size_t units = 0;

    for (size_t i = 0; i < byte && text[i]; i++)
        units += (size_t)begins((unsigned char)text[i]) + ((unsigned char)text[i] >= 0xF0);
    return units;
}

size_t arm_units(const char *text)
{
    return arm_units_before(text, SIZE_MAX);
}

/* A unit in the middle of a pair counts as the pair's end: no half characters. */
size_t arm_units_offset(const char *text, size_t unit)
{
    size_t at = 0, units = 0;

    while (text[at] && units < unit) {
        units += 1 + ((unsigned char)text[at] >= 0xF0);
        for (at++; text[at] && !begins((unsigned char)text[at]);)
            at++;
    }
    return at;
}

/* Letters outside ASCII: ranges where capital and small differ by a constant, or alternate. */
static const struct letters {
    unsigned from, to; /* of the capitals */
    int step; /* to the small one; 1: pairs, the capital is even; -1: pairs, the capital is odd */
} letters[] = {{0xC0, 0xD6, 32},   {0xD8, 0xDE, 32},   {0x100, 0x12F, 1},  {0x132, 0x137, 1},
               {0x139, 0x148, -1}, {0x14A, 0x177, 1},  {0x179, 0x17E, -1}, {0x391, 0x3A1, 32},
               {0x3A3, 0x3AB, 32}, {0x400, 0x40F, 80}, {0x410, 0x42F, 32}, {0x460, 0x481, 1},
               {0x48A, 0x4BF, 1},  {0x1E00, 0x1E95, 1}};

static unsigned change(unsigned letter, bool upper)
{
    if (letter < 0x80)
        return upper ? (letter >= 'a' && letter <= 'z' ? letter - 32 : letter)
                     : (letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        const struct letters *row = &letters[i];
        bool pairs = row->step == 1 || row->step == -1;
        if (pairs && letter >= row->from && letter <= row->to) {
            bool capital = (letter & 1) == (row->step < 0);
            return capital == upper ? letter : upper ? letter - 1 : letter + 1;
        }
        if (!pairs && !upper && letter >= row->from && letter <= row->to)
            return letter + (unsigned)row->step;
        if (!pairs && upper && letter >= row->from + (unsigned)row->step &&
            letter <= row->to + (unsigned)row->step)
            return letter - (unsigned)row->step;
    }
    return letter;
}

/* One character of at most three bytes; longer ones have no case here. */
static unsigned decode(const char *text, size_t len)
{
    const unsigned char *b = (const unsigned char *)text;

    if (len == 2)
        return (b[0] & 0x1Fu) << 6 | (b[1] & 0x3Fu);
    return len == 3 ? (b[0] & 0x0Fu) << 12 | (b[1] & 0x3Fu) << 6 | (b[2] & 0x3Fu) : b[0];
}

static void encode(unsigned letter, struct base_buf *out)
{
    if (letter < 0x80) {
        base_buf_putc(out, (char)letter);
    } else if (letter < 0x800) {
        base_buf_putc(out, (char)(0xC0 | letter >> 6));
        base_buf_putc(out, (char)(0x80 | (letter & 0x3F)));
    } else {
        base_buf_putc(out, (char)(0xE0 | letter >> 12));
        base_buf_putc(out, (char)(0x80 | (letter >> 6 & 0x3F)));
        base_buf_putc(out, (char)(0x80 | (letter & 0x3F)));
    }
}

void arm_unicode_case(const char *text, bool upper, struct base_buf *out)
{
    while (*text) {
        size_t len = 1;
        while (text[len] && !begins((unsigned char)text[len]))
            len++;
        if (len > 3 || (len == 1 && (unsigned char)*text >= 0x80))
            base_buf_append(out, text, len);
        else
            encode(change(decode(text, len), upper), out);
        text += len;
    }
}
