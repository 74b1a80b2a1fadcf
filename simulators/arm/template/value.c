/* Decides what two values of the template language have in common, and how they read as text. */
#include "simulators/arm/template/function.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXACT 9007199254740992.0  /* 2^53: doubles up to it are whole numbers */
#define PRINTED 999999999999999LL /* cJSON prints no more than 15 digits */

bool arm_value_number(const cJSON *value)
{
    return cJSON_IsNumber(value) || cJSON_IsRaw(value);
}

bool arm_value_float(const cJSON *value)
{
    if (cJSON_IsRaw(value))
        return strpbrk(value->valuestring, ".eE") != NULL;
    return cJSON_IsNumber(value) &&
           (value->valuedouble != floor(value->valuedouble) || fabs(value->valuedouble) > EXACT);
}

bool arm_template_int(const cJSON *value, int64_t *out)
{
    if (!arm_value_number(value) || arm_value_float(value))
        return false;
    if (cJSON_IsRaw(value))
        return base_parse_int64(value->valuestring, out);
    *out = (int64_t)value->valuedouble;
    return true;
}

double arm_value_double(const cJSON *value)
{
    return cJSON_IsRaw(value) ? strtod(value->valuestring, NULL) : value->valuedouble;
}

cJSON *arm_template_new_int(int64_t value)
{
    char digits[24];

    if (value >= -PRINTED && value <= PRINTED)
        return cJSON_CreateNumber((double)value);
    (void)snprintf(digits, sizeof(digits), "%lld", (long long)value);
    return cJSON_CreateRaw(digits);
}

cJSON *arm_value_new_double(double value)
{
    char digits[40];

    (void)snprintf(digits, sizeof(digits), "%.15g", value);
    if (strtod(digits, NULL) != value)
        (void)snprintf(digits, sizeof(digits), "%.17g", value);
    if (!strpbrk(digits, ".e"))
        strcat(digits, ".0");
    return cJSON_CreateRaw(digits);
}

cJSON *arm_value_of_digits(const char *digits)
{
    int64_t value;

    return base_parse_int64(digits, &value) ? arm_template_new_int(value) : NULL;
}

const char *arm_template_type(const cJSON *value)
{
    if (arm_value_number(value))
        return arm_value_float(value) ? "Float" : "Integer";
    if (cJSON_IsString(value))
        return "String";
    if (cJSON_IsBool(value))
        return "Boolean";
    if (cJSON_IsArray(value))
        return "Array";
    return cJSON_IsObject(value) ? "Object" : "Null";
}

cJSON *arm_template_member(const cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItem(object, name) : NULL;
}

static bool equal_numbers(const cJSON *a, const cJSON *b)
{
    int64_t left, right;

    if (arm_template_int(a, &left) && arm_template_int(b, &right))
        return left == right;
    return arm_value_double(a) == arm_value_double(b);
}

static bool equal_objects(const cJSON *a, const cJSON *b)
{
    struct arm_index names = {0};
    size_t count = 0;
    bool equal = true;

    for (cJSON *child = b->child; child; child = child->next)
        base_ignore(arm_index_put_name(&names, child));
    for (const cJSON *child = a->child; child && equal; child = child->next, count++) {
        const cJSON *other = arm_index_find_name(&names, child->string);
        equal = other && arm_value_equal(child, other);
    }
    equal = equal && count == names.count;
    arm_index_release(&names);
    return equal;
}

bool arm_value_equal(const cJSON *a, const cJSON *b)
{
    if (arm_value_number(a) && arm_value_number(b))
        return equal_numbers(a, b);
    if ((a->type & 0xFF) != (b->type & 0xFF))
        return false;
    if (cJSON_IsString(a))
        return !strcmp(a->valuestring, b->valuestring);
    if (cJSON_IsObject(a))
        return equal_objects(a, b);
    if (!cJSON_IsArray(a))
        return true;
    for (a = a->child, b = b->child; a && b; a = a->next, b = b->next)
        if (!arm_value_equal(a, b))
            return false;
    return !a && !b;
}

static uint64_t hash_text(const char *text, bool nocase)
{
    uint64_t hash = 14695981039346656037u;

    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)(nocase ? tolower((unsigned char)*text) : *text)) *
               1099511628211u;
    return hash;
}

uint64_t arm_value_hash(const cJSON *value)
{
    uint64_t hash = (uint64_t)(arm_value_number(value) ? cJSON_Number : value->type & 0xFF) + 1;

    if (arm_value_number(value)) {
        double number = arm_value_double(value) + 0.0;
        uint64_t bits;
        memcpy(&bits, &number, sizeof(bits));
        return (hash ^ bits) * 1099511628211u;
    }
    if (cJSON_IsString(value))
        return hash ^ hash_text(value->valuestring, false);
    for (const cJSON *child = value->child; child; child = child->next) {
        uint64_t one = arm_value_hash(child);
        if (cJSON_IsObject(value)) /* in any order */
            hash += (one * 31) ^ (hash_text(child->string, true) * 1099511628211u);
        else
            hash = (hash ^ one) * 1099511628211u;
    }
    return hash;
}

void arm_value_text(const cJSON *value, struct base_buf *out)
{
    if (cJSON_IsString(value))
        base_buf_puts(out, value->valuestring);
    else if (cJSON_IsBool(value))
        base_buf_puts(out, cJSON_IsTrue(value) ? "True" : "False");
    else if (!cJSON_IsNull(value))
        base_json_append(out, value);
}

int arm_text_compare(const char *a, const char *b)
{
    int order = strcasecmp(a, b);

    if (order)
        return order;
    return -strcmp(a, b); /* the first letter that differs: small before capital */
}

int64_t arm_value_weight(const cJSON *value, int *depth)
{
    int64_t weight = 1;
    int deepest = 0;

    if (value->valuestring)
        weight += (int64_t)(strlen(value->valuestring) / 16);
    if (value->string)
        weight += (int64_t)(strlen(value->string) / 16);
    for (const cJSON *child = value->child; child; child = child->next) {
        int below;
        weight += arm_value_weight(child, &below);
        deepest = below > deepest ? below : deepest;
    }
    *depth = deepest + 1;
    return weight;
}

/* ---- sets ---- */

void arm_index_release(struct arm_index *index)
{
    free(index->slots);
    *index = (struct arm_index){0};
}

/* The slot of an equal node, or the free one where it would go. */
static struct arm_index_slot *slot_of(const struct arm_index *index, uint64_t hash,
                                      const cJSON *like, const char *name)
{
    size_t at = (size_t)(hash & (index->cap - 1));

    for (;; at = (at + 1) & (index->cap - 1)) {
        struct arm_index_slot *slot = &index->slots[at];
        if (!slot->node)
            return slot;
        if (slot->hash == hash &&
            (name ? !strcasecmp(slot->node->string, name) : arm_value_equal(slot->node, like)))
            return slot;
    }
}

static void grow(struct arm_index *index)
{
    struct arm_index old = *index;

    if (index->count * 2 < index->cap)
        return;
    index->cap = old.cap ? old.cap * 2 : 16;
    index->slots = base_alloc(index->cap * sizeof(*index->slots));
    for (size_t i = 0; i < old.cap; i++) {
        size_t at = (size_t)(old.slots[i].hash & (index->cap - 1));
        if (!old.slots[i].node)
            continue;
        while (index->slots[at].node)
            at = (at + 1) & (index->cap - 1);
        index->slots[at] = old.slots[i];
    }
    free(old.slots);
}

static cJSON *put(struct arm_index *index, uint64_t hash, cJSON *node, const char *name)
{
    struct arm_index_slot *slot;

    grow(index);
    slot = slot_of(index, hash, node, name);
    if (slot->node)
        return slot->node;
    *slot = (struct arm_index_slot){hash, node};
    index->count++;
    return NULL;
}

cJSON *arm_index_put(struct arm_index *index, cJSON *node)
{
    return put(index, arm_value_hash(node), node, NULL);
}

cJSON *arm_index_find(const struct arm_index *index, const cJSON *like)
{
    return index->cap ? slot_of(index, arm_value_hash(like), like, NULL)->node : NULL;
}

cJSON *arm_index_put_name(struct arm_index *index, cJSON *node)
{
    return put(index, hash_text(node->string, true), node, node->string);
}

cJSON *arm_index_find_name(const struct arm_index *index, const char *name)
{
    return index->cap ? slot_of(index, hash_text(name, true), NULL, name)->node : NULL;
}

void arm_index_replace_name(struct arm_index *index, cJSON *node)
{
    if (arm_index_put_name(index, node))
        slot_of(index, hash_text(node->string, true), NULL, node->string)->node = node;
}
