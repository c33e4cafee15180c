/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.h - memory that lives as long as a plan does and is freed all at once. Nothing
 * taken from an arena is ever freed alone; running out of memory ends the process.
 */
#ifndef AIRSHIFT_BASE_ARENA_H
#define AIRSHIFT_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* accepts NULL */

void *arena_alloc(struct arena *arena,
                  size_t size); /* aligned for any type, not zeroed */
void *arena_zalloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *string); /* NULL stays NULL */
char *arena_strndup(struct arena *arena, const char *string, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A list of pointers that grows in an arena. Zero it to make it empty. */
struct list {
    void **items;
    size_t count;
    size_t capacity;
};

void list_add(struct arena *arena, struct list *list, void *item);
void list_insert(struct arena *arena, struct list *list, size_t at, void *item);
void list_remove(struct list *list, size_t at);
bool list_has(const struct list *list, const void *item);
/* The same of a list of texts: an equal one. */
bool list_has_text(const struct list *list, const char *text);
/* Whether some text is in both. */
bool list_share_text(const struct list *a, const struct list *b);

#endif
