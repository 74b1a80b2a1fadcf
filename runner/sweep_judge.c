/* Decides whether a run of a sweep held what the sweep says must hold. */
#include "runner/sweep.h"

#include <stdlib.h>
#include <string.h>

typedef bool (*judge_fn)(const struct run_evidence *clean, const struct run_evidence *now,
                         struct base_buf *report);

static bool converges(const struct run_evidence *clean, const struct run_evidence *now,
                      struct base_buf *report)
{
    (void)clean;
    if (!now->passed)
        base_buf_printf(report, "the story did not come to its end: %s\n",
                        now->failure ? now->failure : "a step failed");
    return now->passed;
}

static bool same_world(const struct run_evidence *clean, const struct run_evidence *now,
                       struct base_buf *report)
{
    (void)clean;
    if (now->world_difference)
        base_buf_printf(report, "the world is not that of the clean run: %s",
                        now->world_difference);
    return !now->world_difference;
}

static bool no_orphans(const struct run_evidence *clean, const struct run_evidence *now,
                       struct base_buf *report)
{
    (void)clean;
    if (now->orphans)
        base_buf_printf(report, "after the story something is left:\n%s", now->orphans);
    return !now->orphans;
}

static bool made_once(const struct run_evidence *clean, const struct run_evidence *now,
                      struct base_buf *report)
{
    struct base_buf difference = {0};
    bool same = run_objects_same(clean->objects, now->objects, &difference);

    if (!same)
        base_buf_printf(report, "something was not made and unmade as in the clean run:\n%s",
                        difference.data);
    base_buf_release(&difference);
    return same;
}

static bool fired(const struct run_evidence *clean, const struct run_evidence *now,
                  struct base_buf *report)
{
    (void)clean;
    if (!now->fired)
        base_buf_puts(report, "the fault never happened, so the run has shown nothing\n");
    return now->fired > 0;
}

static const struct {
    const char *word;
    judge_fn judge;
} holds[] = {
    {"converges", converges},   {"same-world-as-clean-run", same_world},
    {"no-orphans", no_orphans}, {"created-at-most-once", made_once},
    {"fault-fired", fired},
};

bool run_hold_known(const char *word)
{
    for (size_t i = 0; i < sizeof holds / sizeof *holds; i++)
        if (!strcmp(holds[i].word, word))
            return true;
    return false;
}

bool run_sweep_judge(const cJSON *hold, const struct run_evidence *clean,
                     const struct run_evidence *now, struct base_buf *report)
{
    bool good = true;

    for (const cJSON *item = hold ? hold->child : NULL; item; item = item->next) {
        struct base_buf said = {0};
        for (size_t i = 0; i < sizeof holds / sizeof *holds; i++)
            if (!strcmp(holds[i].word, item->valuestring) && !holds[i].judge(clean, now, &said))
                good = false;
        if (said.len)
            base_buf_printf(report, "%s: %s", item->valuestring, said.data);
        base_buf_release(&said);
    }
    return good;
}

void run_evidence_release(struct run_evidence *evidence)
{
    free(evidence->failure);
    free(evidence->world_difference);
    free(evidence->orphans);
    cJSON_Delete(evidence->steps);
    cJSON_Delete(evidence->begins);
    cJSON_Delete(evidence->objects);
    memset(evidence, 0, sizeof *evidence);
}
