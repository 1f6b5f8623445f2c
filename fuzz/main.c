/* SPDX-License-Identifier: Apache-2.0
 *
 * Replays a corpus without a fuzzing engine: every file of the folders (or each file) named, in the
 * order of their names, through the one target linked in; one TAP line each. So every build and
 * every compiler meets the inputs that were ever worth keeping. An input that stops the program is
 * the one named by the last comment line.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static int replay_count;

/* An exact copy on the heap, so that a sanitizer sees a read past its end. */
static bool replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    struct stat info;
    if (fstat(fileno(file), &info) == -1) {
        (void)fclose(file);
        return false;
    }
    size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size == 0 ? 1 : size);
    bool read = data != NULL && fread(data, 1, size, file) == size;
    (void)fclose(file);

    (void)printf("# %s, %zu bytes\n", path, size);
    (void)fflush(stdout);
    if (read)
        (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    replay_count++;
    (void)printf("%s %d - %s\n", read ? "ok" : "not ok", replay_count, path);
    return read;
}

static int replay_skip_dots(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool replay_folder(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, replay_skip_dots, alphasort);
    if (count == -1) {
        (void)fprintf(stderr, "%s: %s\n", folder, strerror(errno));
        return false;
    }
    bool good = true;
    for (int i = 0; i < count; i++) {
        char path[4096];
        int len = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        good &= len > 0 && (size_t)len < sizeof(path) && replay_file(path);
        free(entries[i]);
    }
    free(entries);
    return good;
}

int main(int argc, char **argv)
{
    bool good = true;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        bool is_folder = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode);
        good &= is_folder ? replay_folder(argv[i]) : replay_file(argv[i]);
    }
    (void)printf("1..%d\n", replay_count);
    (void)fflush(stdout); /* a sanitizer that finds leaks ends us before exit would */
    return good && replay_count > 0 ? 0 : 1;
}
