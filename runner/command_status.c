/* Decides what `iomt status` and `iomt env` show of a cloud that is up. */
#include "runner/commands.h"
#include "runner/world.h"

#include "common/file.h"
#include "common/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *state_dir;

static const struct base_option options[] = {
    {"state-dir", BASE_OPTION_TEXT, &state_dir, "IOMT_STATE_DIR", "DIR", "the cloud's state folder",
     0, 0},
};
static const struct base_program status_program = {
    .name = "iomt status",
    .summary = "shows what is in a cloud that is up",
    .usage = "[--state-dir DIR] [VIEW]",
    .options = options,
    .option_count = 1,
    .more = "Without VIEW: how many things each view holds. With one (arm, pods, blobs, ...): all "
            "of them, as JSON."};
static const struct base_program env_program = {
    .name = "iomt env",
    .summary = "prints the shell exports of a cloud: eval \"$(iomt env)\"",
    .usage = "[--state-dir DIR]",
    .options = options,
    .option_count = 1};

const char *run_default_state_dir(void)
{
    const char *dir = getenv("IOMT_STATE_DIR");
    return dir && *dir ? dir : "iomt-state";
}

static int print_view(struct run_world *world, const char *view, struct base_error *err)
{
    char *path = base_asprintf("/_sim/world/%s", view);
    cJSON *answer = NULL;
    enum base_status status = run_control(world, "GET", path, NULL, &answer, err);

    free(path);
    if (status != BASE_OK)
        return base_usage_exit(status_program.name, err);
    char *text = base_json_print_pretty(answer);
    printf("%s\n", text);
    free(text);
    cJSON_Delete(answer);
    return 0;
}

static int print_counts(struct run_world *world, struct base_error *err)
{
    cJSON *all = NULL;

    if (run_control(world, "GET", "/_sim/world", NULL, &all, err) != BASE_OK)
        return base_usage_exit(status_program.name, err);
    for (const cJSON *view = all->child; view; view = view->next)
        printf("  %-20s %d\n", view->string, cJSON_GetArraySize(view));
    cJSON_Delete(all);
    return 0;
}

int run_command_status(int argc, char **argv)
{
    struct base_error err = {0};
    struct base_list words = {0};
    struct run_world world;
    bool done;
    int code = 0;

    state_dir = run_default_state_dir();
    if (base_options_parse(&status_program, argc, argv, &words, &done, &err) != BASE_OK)
        code = base_usage_exit(status_program.name, &err);
    else if (!done && (run_world_expect_up(state_dir, &err) != BASE_OK ||
                       run_world_open(&world, state_dir, &err) != BASE_OK))
        code = base_usage_exit(status_program.name, &err);
    else if (!done) {
        code = words.count ? print_view(&world, words.items[0], &err) : print_counts(&world, &err);
        run_world_close(&world);
    }
    free(words.items);
    return code;
}

int run_command_env(int argc, char **argv)
{
    struct base_error err = {0};
    struct base_buf text = {0};
    bool done;
    int code = 0;

    state_dir = run_default_state_dir();
    if (base_options_parse(&env_program, argc, argv, NULL, &done, &err) != BASE_OK)
        return base_usage_exit(env_program.name, &err);
    char *path = base_asprintf("%s/env", state_dir);
    if (!done && base_file_read(path, &text, &err) == BASE_OK)
        fputs(text.data, stdout);
    else if (!done)
        code = base_usage_exit(env_program.name, &err);
    free(path);
    base_buf_release(&text);
    return code;
}
