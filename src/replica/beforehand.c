/* SPDX-License-Identifier: Apache-2.0
 *
 * beforehand.c - what the clients would wait for behind the fence, and need not: green's files are
 * read into memory, and what it has still to write it writes now.
 */
#include "config.h"

#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "interrupt.h"
#include "replica/beforehand.h"
#include "state/file.h"

enum { MEMINFO_MAX_BYTES = 65536 };

static long long memory_left(void)
{
    static const char name[] = "\nMemAvailable:";
    struct strbuf text = STRBUF_INIT;
    struct err ignored; /* then nothing is read */
    const char *at = file_read("/proc/meminfo", MEMINFO_MAX_BYTES, &text, &ignored) == 0
                         ? strstr(strbuf_text(&text), name)
                         : NULL;
    long long bytes = at != NULL ? strtoll(at + sizeof(name) - 1, NULL, 10) * 1024 : 0;

    strbuf_clear(&text);
    return bytes;
}

/* The kernel is asked for the whole of a file; it need not come by us. */
static void read_ahead(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
    (void)close(fd);
}

/* The size of all files below, or -1 where that is more than `most`. With `is_wanted` they are
 * read. */
static long long walk(const char *directory, bool is_wanted, long long most)
{
    char *const paths[] = {(char *)(uintptr_t)directory, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    long long bytes = 0;
    FTSENT *entry;

    while (tree != NULL && bytes <= most && !interrupt_is_asked() &&
           (entry = fts_read(tree)) != NULL) {
        if (entry->fts_info != FTS_F)
            continue;
        bytes += entry->fts_statp->st_size;
        if (is_wanted)
            read_ahead(entry->fts_accpath);
    }
    if (tree != NULL)
        (void)fts_close(tree);
    return bytes <= most ? bytes : -1;
}

/* Where they and what is made of them fit into memory: otherwise reading one file drives out another. */
static void warm(struct switch_context *sw)
{
    const char *directory = sw->green.data_directory;
    long long most = memory_left() / 3;

    if (switch_only_shows(sw, "read %s into memory", directory))
        return;
    if (walk(directory, false, most) < 0)
        log_info("green's files are not read ahead: memory has no room for them");
    else
        (void)walk(directory, true, most);
}

int beforehand(struct switch_context *sw, struct err *err)
{
    struct connection *green;
    int status;

    if (sw->dry == NULL)
        log_info("before the fence: green's files are read, and what it has changed is "
                 "written");
    warm(sw);
    green = switch_connect(sw, &sw->green, err);
    if (green == NULL)
        return -1;
    status = sw->ops->write_out(green, sw->config.start_s, err);
    sql_close(green);
    return status;
}
