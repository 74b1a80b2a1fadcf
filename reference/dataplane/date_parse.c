/* Decides what general date parsing accepts, where a timestamp is a text that was not sniffed as a date. */
#include "reference/dataplane/date.h"

#include "common/text.h"

#include <ctype.h>
#include <string.h>

/* The text is cut into words: numbers (with their digit count), names and single characters. The words are then
 * consumed from the left: date, time, AM/PM, zone. Anything left over makes the text no date. */
enum dp_word_kind { DP_WORD_NUMBER, DP_WORD_NAME, DP_WORD_MARK };

struct dp_word {
    enum dp_word_kind kind;
    int64_t number;
    int digits;
    char name[16]; /* lower case; of a mark, its one character */
    const char *text;
    bool spaced; /* blanks stand before it */
};

#define DP_WORDS_MAX 32

struct dp_words {
    struct dp_word items[DP_WORDS_MAX];
    int count, at;
};

struct dp_stamp {
    int weekday; /* 1 Monday to 7; 0: not named */
    int year, month, day;
    int64_t time; /* ticks of the day */
    int offset;   /* minutes */
    enum dp_date_kind kind;
};

static bool cut(const char *text, struct dp_words *out);
static bool parse_date(struct dp_words *in, struct dp_stamp *out);
static bool parse_numeric_date(struct dp_words *in, struct dp_stamp *out);
static bool parse_named_date(struct dp_words *in, struct dp_stamp *out);
static bool parse_time(struct dp_words *in, struct dp_stamp *out);
static bool parse_zone(struct dp_words *in, struct dp_stamp *out);
static int month_named(const struct dp_word *word);

bool dp_date_parse(const char *text, struct dp_date *out)
{
    struct dp_words words = {0};
    struct dp_stamp stamp = {0};
    int64_t ticks;

    if (!cut(text, &words) || !parse_date(&words, &stamp))
        return false;
    if (!parse_time(&words, &stamp) || !parse_zone(&words, &stamp) || words.at != words.count)
        return false;
    if (!dp_date_of_parts(stamp.year, stamp.month, stamp.day, &ticks))
        return false;
    if (stamp.weekday && ticks / DP_TICKS_DAY % 7 != stamp.weekday - 1)
        return false; /* 0001-01-01 was a Monday */
    ticks += stamp.time - (int64_t)stamp.offset * 60 * DP_TICKS_SECOND;
    if (ticks < 0 || ticks > DP_TICKS_MAX)
        return false;
    *out = (struct dp_date){ticks, stamp.kind};
    return true;
}

static size_t cut_word(const char *at, struct dp_word *word)
{
    size_t n = 0;

    word->text = at;
    if (isdigit((unsigned char)*at)) {
        word->kind = DP_WORD_NUMBER;
        for (; isdigit((unsigned char)at[n]); n++)
            if (n < 15)
                word->number = word->number * 10 + (at[n] - '0');
        word->digits = n > 1000 ? 1000 : (int)n;
        return n;
    }
    if (isalpha((unsigned char)*at)) {
        word->kind = DP_WORD_NAME;
        for (; isalpha((unsigned char)at[n]); n++)
            if (n + 1 < sizeof word->name)
                word->name[n] = (char)tolower((unsigned char)at[n]);
        return n;
    }
    word->kind = DP_WORD_MARK;
    word->name[0] = *at;
    return 1;
}

static bool cut(const char *text, struct dp_words *out)
{
    while (*text) {
        bool spaced = false;
        struct dp_word *word;
        for (; isspace((unsigned char)*text); text++)
            spaced = true;
        if (!*text)
            break;
        if (out->count == DP_WORDS_MAX)
            return false;
        word = &out->items[out->count++];
        word->spaced = spaced;
        text += cut_word(text, word);
    }
    return out->count > 0;
}

static const struct dp_word *peek(const struct dp_words *in, int ahead)
{
    static const struct dp_word none = {.kind = DP_WORD_MARK};

    return in->at + ahead < in->count ? &in->items[in->at + ahead] : &none;
}

static bool is_mark(const struct dp_word *word, char c)
{
    return word->kind == DP_WORD_MARK && word->name[0] == c;
}

static bool take_mark(struct dp_words *in, char c)
{
    if (!is_mark(peek(in, 0), c))
        return false;
    in->at++;
    return true;
}

static bool take_number(struct dp_words *in, int max_digits, int *out)
{
    const struct dp_word *word = peek(in, 0);

    if (word->kind != DP_WORD_NUMBER || word->digits > max_digits)
        return false;
    *out = (int)word->number;
    in->at++;
    return true;
}

/* The day of the week, which must be the date's. */
static void take_day_name(struct dp_words *in, struct dp_stamp *out)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    const struct dp_word *word = peek(in, 0);

    for (int i = 0; i < 7 && word->kind == DP_WORD_NAME; i++)
        if (strncmp(word->name, days[i], 3) == 0) {
            in->at++;
            out->weekday = i + 1;
            (void)take_mark(in, ',');
            return;
        }
}

static bool parse_date(struct dp_words *in, struct dp_stamp *out)
{
    take_day_name(in, out);
    if (peek(in, 0)->kind == DP_WORD_NAME || month_named(peek(in, 1)) ||
        (is_mark(peek(in, 1), '-') && month_named(peek(in, 2))))
        return parse_named_date(in, out);
    return parse_numeric_date(in, out);
}

/* yyyy-M-d, yyyy/M/d, M/d/yyyy, M-d-yyyy; also yyyy-MM, the first of the month. */
static bool parse_numeric_date(struct dp_words *in, struct dp_stamp *out)
{
    bool year_first = peek(in, 0)->digits == 4;
    int parts[3] = {0, 0, 1};
    char mark = peek(in, 1)->name[0];

    if (peek(in, 1)->kind != DP_WORD_MARK || !strchr("-/.", mark) || !mark)
        return false;
    if (!take_number(in, 4, &parts[0]) || !take_mark(in, mark) || !take_number(in, 2, &parts[1]))
        return false;
    if (take_mark(in, mark)) {
        if (!take_number(in, 4, &parts[2]))
            return false;
    } else if (!year_first) {
        return false;
    }
    out->year = year_first ? parts[0] : parts[2];
    out->month = year_first ? parts[1] : parts[0];
    out->day = year_first ? parts[2] : parts[1];
    if (!year_first && out->year < 100)
        out->year += out->year < 50 ? 2000 : 1900;
    return true;
}

/* d MMM yyyy, d-MMM-yyyy, MMM d, yyyy. */
static bool parse_named_date(struct dp_words *in, struct dp_stamp *out)
{
    bool day_first = peek(in, 0)->kind == DP_WORD_NUMBER;

    if (day_first && !take_number(in, 2, &out->day))
        return false;
    (void)take_mark(in, '-');
    out->month = month_named(peek(in, 0));
    if (!out->month)
        return false;
    in->at++;
    if (!day_first && !take_number(in, 2, &out->day))
        return false;
    if (!take_mark(in, ','))
        (void)take_mark(in, '-');
    return take_number(in, 4, &out->year);
}

static int month_named(const struct dp_word *word)
{
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};

    if (word->kind != DP_WORD_NAME)
        return 0;
    for (int i = 0; i < 12; i++)
        if (base_equal(word->name, months[i]) ||
            (strlen(word->name) == 3 && strncmp(word->name, months[i], 3) == 0))
            return i + 1;
    return 0;
}

/* Rounds to ticks; a fraction of nines may carry into the next second. */
static int64_t fraction_ticks(const struct dp_word *word)
{
    int64_t ticks = 0;

    for (int i = 0; i < 7; i++)
        ticks = ticks * 10 + (i < word->digits ? word->text[i] - '0' : 0);
    if (word->digits > 7 && word->text[7] >= '5')
        ticks++;
    return ticks;
}

static bool apply_half(struct dp_words *in, int *hour)
{
    const struct dp_word *word = peek(in, 0);
    bool pm = base_equal(word->name, "pm");

    if (word->kind != DP_WORD_NAME || (!pm && !base_equal(word->name, "am")))
        return true;
    in->at++;
    if (*hour > (pm ? 23 : 12)) /* "13:05 PM" passes, as in the original */
        return false;
    *hour = pm && *hour >= 12 ? *hour : *hour % 12 + (pm ? 12 : 0);
    return true;
}

/* [T] h:mm[:ss[.f...]] [AM|PM]; a text may end before it. */
static bool parse_time(struct dp_words *in, struct dp_stamp *out)
{
    int hour = 0, minute = 0, second = 0;
    int64_t fraction = 0;

    if (base_equal(peek(in, 0)->name, "t"))
        in->at++;
    if (peek(in, 0)->kind != DP_WORD_NUMBER || !is_mark(peek(in, 1), ':'))
        return in->at == 0 || !base_equal(in->items[in->at - 1].name, "t");
    if (!take_number(in, 2, &hour) || !take_mark(in, ':') || !take_number(in, 2, &minute))
        return false;
    if (take_mark(in, ':')) {
        if (!take_number(in, 2, &second))
            return false;
        if (is_mark(peek(in, 0), '.') && peek(in, 1)->kind == DP_WORD_NUMBER) {
            fraction = fraction_ticks(peek(in, 1));
            in->at += 2;
        }
    }
    if (!apply_half(in, &hour))
        return false;
    if (hour > 24 || minute > 59 || second > 59 || (hour == 24 && (minute || second || fraction)))
        return false;
    out->time = hour * DP_TICKS_HOUR + (minute * 60 + second) * DP_TICKS_SECOND + fraction;
    return true;
}

/* Z, GMT, UTC, +h, +hh, +hhmm, +hh:mm. */
static bool parse_zone(struct dp_words *in, struct dp_stamp *out)
{
    const struct dp_word *word = peek(in, 0);
    int hours, minutes = 0;
    bool west, packed;

    if (in->at == in->count)
        return true;
    out->kind = DP_DATE_LOCAL;
    if (base_equal(word->name, "z") || base_equal(word->name, "gmt") ||
        base_equal(word->name, "utc")) {
        in->at++;
        return true;
    }
    west = is_mark(word, '-');
    if (!take_mark(in, '+') && !take_mark(in, '-'))
        return false;
    packed = peek(in, 0)->digits == 4;
    if (!take_number(in, 4, &hours))
        return false;
    if (packed) {
        minutes = hours % 100;
        hours /= 100;
    } else if (take_mark(in, ':') && !take_number(in, 2, &minutes)) {
        return false;
    }
    out->offset = (west ? -1 : 1) * (hours * 60 + minutes);
    return hours <= 14 && minutes <= 59;
}
