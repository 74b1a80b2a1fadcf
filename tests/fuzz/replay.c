/* Runs one fuzz target over every file of the folders it is given: how the corpora are tests with any compiler. */
#include "fuzz.h"

#include "common/file.h"

#include <dirent.h>

static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int count = 0;

    while (dir && (entry = readdir(dir)) != NULL) {
        struct base_buf text = {0};
        struct base_error err = {0};
        char *path;
        if (entry->d_name[0] == '.')
            continue;
        path = base_asprintf("%s/%s", folder, entry->d_name);
        if (base_file_read(path, &text, &err) != BASE_OK) {
            (void)fprintf(stderr, "%s\n", err.message);
            exit(2);
        }
        (void)printf("%s\n", path);
        (void)fflush(stdout); /* the last name before an abort is the finding */
        (void)LLVMFuzzerTestOneInput((const uint8_t *)(text.data ? text.data : ""), text.len);
        base_buf_release(&text);
        free(path);
        count++;
    }
    if (dir)
        (void)closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++)
        count += replay_folder(argv[i]);
    (void)printf("%d inputs\n", count);
    return count ? 0 : 1;
}
