/* Decides which tokens a compiled path selects, one by one and in the order of the original's lazy evaluation. */
#include "reference/dataplane/jsonpath_parts.h"

/* Depth first: a token that step i selects runs through step i+1 at once. This gives the order and the partial results
 * of a chain of lazy iterators. Status BASE_OK goes on; anything else ends the walk. */
struct dp_walk {
    const struct dp_steps *steps;
    const struct dp_token *root;
    struct dp_work *work;
    dp_path_emit emit;
    void *context;
    struct base_error *err;
};

static enum base_status start(const struct dp_walk *walk, const struct dp_token *from);
static enum base_status step_on(const struct dp_walk *walk, size_t at,
                                const struct dp_token *token);
static enum base_status walk_indexes(const struct dp_walk *walk, size_t at,
                                     const struct dp_token *token);
static enum base_status walk_slice(const struct dp_walk *walk, size_t at,
                                   const struct dp_token *token);
static enum base_status walk_scan(const struct dp_walk *walk, size_t at,
                                  const struct dp_token *token);
static enum base_status walk_filter(const struct dp_walk *walk, size_t at,
                                    const struct dp_token *token);
static enum base_status test(const struct dp_walk *walk, const struct dp_filter *filter,
                             const struct dp_token *token, bool *holds);

enum base_status dp_path_each(const dp_path_t *path, const struct dp_token *root,
                              struct dp_work *work, dp_path_emit emit, void *context,
                              struct base_error *err)
{
    struct dp_walk walk = {&path->steps, root, work, emit, context, err};

    return start(&walk, root);
}

struct dp_only {
    const struct dp_token *token;
    size_t count;
};

static enum base_status keep_only(void *context, const struct dp_token *token)
{
    struct dp_only *only = context;

    only->token = token;
    return ++only->count > 1 ? BASE_CANCELED : BASE_OK;
}

enum base_status dp_path_one(const dp_path_t *path, const struct dp_token *root,
                             struct dp_work *work, const struct dp_token **out,
                             struct base_error *err)
{
    struct dp_only only = {0};
    enum base_status status = dp_path_each(path, root, work, keep_only, &only, err);

    *out = only.token;
    if (only.count > 1)
        return base_error_set(err, BASE_INVALID, "JsonException", "Path returned multiple tokens.");
    return status;
}

/* A slice with step 0 fails before anything is selected, wherever it stands in the path. */
static enum base_status start(const struct dp_walk *walk, const struct dp_token *from)
{
    for (size_t i = 0; i < walk->steps->count; i++) {
        const struct dp_step *step = &walk->steps->items[i];
        if (step->kind == DP_STEP_SLICE && step->slice.has[2] && step->slice.part[2] == 0)
            return base_error_set(walk->err, BASE_INVALID, "JsonException", "Step cannot be zero.");
    }
    return step_on(walk, 0, from);
}

static enum base_status spend(const struct dp_walk *walk)
{
    if (walk->work->left == 0)
        return base_error_set(walk->err, BASE_TOO_LARGE, "WorkLimitExceeded",
                              "The expression visits more tokens of this event than allowed (%lu).",
                              DP_WORK_DEFAULT);
    walk->work->left--;
    return BASE_OK;
}

static enum base_status walk_fields(const struct dp_walk *walk, size_t at,
                                    const struct dp_token *token)
{
    const struct dp_step *step = &walk->steps->items[at];
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < step->count; i++) {
        const struct dp_member *member =
            dp_object_find(token, step->names[i].data, step->names[i].len);
        if (member)
            status = step_on(walk, at + 1, member->value);
    }
    return status;
}

static enum base_status walk_children(const struct dp_walk *walk, size_t at,
                                      const struct dp_token *token)
{
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < token->children.count; i++)
        status = step_on(walk, at + 1, token->children.items[i].value);
    return status;
}

static bool is_list(const struct dp_token *token)
{
    return token->type == DP_ARRAY || token->type == DP_CONSTRUCTOR;
}

static enum base_status step_on(const struct dp_walk *walk, size_t at, const struct dp_token *token)
{
    enum base_status status = spend(walk);

    if (status != BASE_OK)
        return status;
    if (at == walk->steps->count)
        return walk->emit(walk->context, token);
    switch (walk->steps->items[at].kind) {
    case DP_STEP_ROOT:
        return step_on(walk, at + 1, walk->root);
    case DP_STEP_FIELDS:
        return walk_fields(walk, at, token);
    case DP_STEP_FIELDS_ALL:
        return token->type == DP_OBJECT ? walk_children(walk, at, token) : BASE_OK;
    case DP_STEP_INDEX_ALL:
        return is_list(token) ? walk_children(walk, at, token) : BASE_OK;
    case DP_STEP_INDEXES:
        return walk_indexes(walk, at, token);
    case DP_STEP_SLICE:
        return walk_slice(walk, at, token);
    case DP_STEP_SCAN:
        return walk_scan(walk, at, token);
    case DP_STEP_SCAN_ALL:
        status = step_on(walk, at + 1, token);
        return status == BASE_OK ? walk_scan(walk, at, token) : status;
    case DP_STEP_FILTER:
    case DP_STEP_SCAN_FILTER:
        return walk_filter(walk, at, token);
    }
    BUG("step kind %d", walk->steps->items[at].kind);
}

static enum base_status walk_indexes(const struct dp_walk *walk, size_t at,
                                     const struct dp_token *token)
{
    const struct dp_step *step = &walk->steps->items[at];
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && is_list(token) && i < step->count; i++) {
        if (step->indexes[i] < 0)
            return base_error_set(
                walk->err, BASE_INVALID, "ArgumentOutOfRangeException",
                "Index was out of range. Must be non-negative and less than the size of "
                "the collection.");
        if ((size_t)step->indexes[i] < token->children.count)
            status = step_on(walk, at + 1, token->children.items[step->indexes[i]].value);
    }
    return status;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static enum base_status walk_slice(const struct dp_walk *walk, size_t at,
                                   const struct dp_token *token)
{
    const struct dp_slice *slice = &walk->steps->items[at].slice;
    int64_t count = (int64_t)token->children.count;
    int64_t step = slice->has[2] ? slice->part[2] : 1;
    int64_t first = slice->has[0] ? slice->part[0] : step > 0 ? 0 : count - 1;
    int64_t stop = slice->has[1] ? slice->part[1] : step > 0 ? count : -1;
    enum base_status status = BASE_OK;

    if (token->type != DP_ARRAY)
        return BASE_OK;
    if (slice->has[0] && first < 0)
        first += count;
    if (slice->has[1] && stop < 0)
        stop += count;
    first = clamp(first, step > 0 ? 0 : INT32_MIN, step > 0 ? count : count - 1);
    stop = clamp(stop, -1, count);
    for (int64_t i = first; status == BASE_OK && (step > 0 ? i < stop : i > stop); i += step)
        status = step_on(walk, at + 1, token->children.items[i].value);
    return status;
}

/* A name that the path gives twice selects twice. */
static size_t hits_of(const struct dp_step *step, const struct dp_member *member, bool object)
{
    size_t hits = step->kind == DP_STEP_SCAN_ALL;

    for (size_t i = 0; object && i < step->count; i++)
        hits += dp_text_same(&step->names[i], &member->name);
    return hits;
}

/* Pre-order over all descendants: named values (..a) or every value (..*). */
static enum base_status walk_scan(const struct dp_walk *walk, size_t at,
                                  const struct dp_token *token)
{
    const struct dp_step *step = &walk->steps->items[at];
    enum base_status status = BASE_OK;

    if (!dp_is_container(token))
        return BASE_OK;
    for (size_t i = 0; status == BASE_OK && i < token->children.count; i++) {
        const struct dp_member *child = &token->children.items[i];
        size_t hits = hits_of(step, child, token->type == DP_OBJECT);
        status = hits ? BASE_OK : spend(walk);
        for (; status == BASE_OK && hits; hits--)
            status = step_on(walk, at + 1, child->value);
        if (status == BASE_OK)
            status = walk_scan(walk, at, child->value);
    }
    return status;
}

static enum base_status filter_one(const struct dp_walk *walk, size_t at,
                                   const struct dp_token *token)
{
    bool holds = false;
    enum base_status status = test(walk, walk->steps->items[at].filter, token, &holds);

    return status == BASE_OK && holds ? step_on(walk, at + 1, token) : status;
}

/* Recursive: the node itself and every descendant. Otherwise the elements of an array; the children of an object are its
 * member nodes in the original, on which no filter of use holds. */
static enum base_status walk_filter(const struct dp_walk *walk, size_t at,
                                    const struct dp_token *token)
{
    bool scan = walk->steps->items[at].kind == DP_STEP_SCAN_FILTER;
    enum base_status status = scan ? filter_one(walk, at, token) : BASE_OK;

    if (scan ? !dp_is_container(token) : !is_list(token))
        return status;
    for (size_t i = 0; status == BASE_OK && i < token->children.count; i++) {
        const struct dp_token *child = token->children.items[i].value;
        status = scan ? walk_filter(walk, at, child) : filter_one(walk, at, child);
    }
    return status;
}

struct dp_collected { /* what an operand selects */
    const struct dp_token **items;
    size_t count;
    struct base_arena *arena;
};

static enum base_status collect(void *context, const struct dp_token *token)
{
    struct dp_collected *all = context;

    if ((all->count & (all->count - 1)) == 0) {
        const struct dp_token **wider =
            base_arena_alloc(all->arena, (all->count ? all->count * 2 : 1) * sizeof *wider);
        for (size_t i = 0; i < all->count; i++)
            wider[i] = all->items[i];
        all->items = wider;
    }
    all->items[all->count++] = token;
    return BASE_OK;
}

static enum base_status stop_at_first(void *context, const struct dp_token *token)
{
    (void)token;
    *(bool *)context = true;
    return BASE_CANCELED;
}

static bool is_one_name(const struct dp_steps *steps)
{
    return steps->count == 1 && steps->items[0].kind == DP_STEP_FIELDS &&
           steps->items[0].count == 1;
}

/* "@.name", the test of most filters, without the machinery of a walk; the same work is paid for. */
static enum base_status has_member(const struct dp_walk *walk, const struct dp_text *name,
                                   const struct dp_token *token, bool *holds)
{
    enum base_status status = spend(walk);

    *holds = status == BASE_OK && dp_object_find(token, name->data, name->len);
    return *holds ? spend(walk) : status;
}

static enum base_status exists(const struct dp_walk *walk, const struct dp_operand *operand,
                               const struct dp_token *token, bool *holds)
{
    struct dp_walk inner = {operand->path, walk->root, walk->work, stop_at_first, holds, walk->err};
    enum base_status status;

    *holds = operand->literal != NULL;
    if (*holds)
        return BASE_OK;
    if (is_one_name(operand->path))
        return has_member(walk, &operand->path->items[0].names[0], token, holds);
    status = start(&inner, token);
    return *holds ? BASE_OK : status;
}

struct dp_comparison {
    const struct dp_walk *walk;
    const struct dp_filter *filter;
    const struct dp_token *node;
    struct dp_collected right;
    bool right_known, holds;
};

static enum base_status select_right(struct dp_comparison *cmp)
{
    const struct dp_operand *operand = &cmp->filter->right;
    struct dp_walk inner = {operand->path, cmp->walk->root, cmp->walk->work,
                            collect,       &cmp->right,     cmp->walk->err};

    cmp->right_known = true;
    return operand->literal ? collect(&cmp->right, operand->literal) : start(&inner, cmp->node);
}

static enum base_status matches(const struct dp_comparison *cmp, const struct dp_token *left,
                                const struct dp_token *right, bool *holds)
{
    struct dp_regex *regex = cmp->filter->right.regex;

    *holds = false;
    if (left->type != DP_STRING || right->type != DP_STRING)
        return BASE_OK;
    if (regex)
        return dp_regex_search(regex, &left->text, cmp->walk->work, holds, cmp->walk->err);
    return dp_regex_search_text(&right->text, &left->text, cmp->walk->work, holds, cmp->walk->err);
}

/* Called for each left result; true for any pair ends the comparison. */
static enum base_status compare_left(void *context, const struct dp_token *left)
{
    struct dp_comparison *cmp = context;
    enum base_status status = cmp->right_known ? BASE_OK : select_right(cmp);

    for (size_t i = 0; status == BASE_OK && i < cmp->right.count; i++) {
        const struct dp_token *right = cmp->right.items[i];
        status = cmp->filter->op == DP_OP_MATCHES
                     ? matches(cmp, left, right, &cmp->holds)
                     : dp_compare(cmp->filter->op, left, right, &cmp->holds, cmp->walk->err);
        if (status == BASE_OK && cmp->holds)
            return BASE_CANCELED;
    }
    return status;
}

static enum base_status compare(const struct dp_walk *walk, const struct dp_filter *filter,
                                const struct dp_token *node, bool *holds)
{
    struct dp_comparison cmp = {
        .walk = walk, .filter = filter, .node = node, .right = {.arena = walk->work->arena}};
    struct dp_walk inner = {filter->left.path, walk->root, walk->work,
                            compare_left,      &cmp,       walk->err};
    enum base_status status =
        filter->left.literal ? compare_left(&cmp, filter->left.literal) : start(&inner, node);

    *holds = cmp.holds;
    return cmp.holds ? BASE_OK : status;
}

static enum base_status test(const struct dp_walk *walk, const struct dp_filter *filter,
                             const struct dp_token *token, bool *holds)
{
    enum base_status status = spend(walk);

    if (status != BASE_OK)
        return status;
    if (filter->op == DP_OP_EXISTS)
        return exists(walk, &filter->left, token, holds);
    if (filter->op != DP_OP_AND && filter->op != DP_OP_OR)
        return compare(walk, filter, token, holds);
    for (size_t i = 0; status == BASE_OK && i < filter->part_count; i++) {
        status = test(walk, filter->parts[i], token, holds);
        if (*holds == (filter->op == DP_OP_OR))
            break;
    }
    return status;
}
