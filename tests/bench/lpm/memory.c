// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's allocator in small, for ours.c: slabs of size classes on huge
 * pages, as in the kernel's map of all memory, and large pieces by the page.
 */
#include <sys/mman.h>
#include <kernel_shim.h>
#include "lpm.h"

#define ARENA		(8UL << 30)
#define HUGE		(2UL << 20)
#define SMALL_MAX	8192
#define CLASS_LARGE	255

static char *arena, *arena_at;
/* By the page: the class of its objects, in units of 32 bytes or less. */
static unsigned char *page_class;
static void *free_list[256];
static size_t class_size[256];
static size_t live;

struct large {
	struct large	*next;
	void		*p;
	size_t		size;
};

static struct large *larges;

void memory_init(void)
{
	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		abort();
	arena_at = (char *)ALIGN((uintptr_t)arena, HUGE);
	madvise(arena_at, ARENA - HUGE, MADV_HUGEPAGE);
	page_class = calloc(1, ARENA >> PAGE_SHIFT);
}

/* Bytes in use, of whole size classes. */
size_t memory_live(void)
{
	return live;
}

static unsigned int class_of(size_t size)
{
	unsigned int class = 0;

	while (class_size[class] != size) {
		if (!class_size[class])
			class_size[class] = size;
		else if (++class == CLASS_LARGE)
			abort();
	}
	return class;
}

/* Objects for a class: a page of them, or eight. */
static void refill(unsigned int class)
{
	size_t size = class_size[class], i;
	size_t slab = size > 512 ? 8 * PAGE_SIZE : PAGE_SIZE;

	if (arena_at + slab > arena + ARENA)
		abort();
	for (i = 0; i < slab; i += PAGE_SIZE)
		page_class[(arena_at + i - arena) >> PAGE_SHIFT] = class;
	for (i = slab / size; i--;) {
		*(void **)(arena_at + i * size) = free_list[class];
		free_list[class] = arena_at + i * size;
	}
	arena_at += slab;
}

static void *large_alloc(size_t size)
{
	struct large *l = malloc(sizeof(*l));

	*l = (struct large){ larges, aligned_alloc(HUGE, ALIGN(size, HUGE)),
			     size };
	if (!l->p)
		abort();
	madvise(l->p, ALIGN(size, HUGE), MADV_HUGEPAGE);
	larges = l;
	return l->p;
}

static void large_free(const void *p)
{
	struct large **at = &larges, *l;

	while ((*at)->p != p)
		at = &(*at)->next;
	l = *at;
	*at = l->next;
	live -= l->size;
	free(l->p);
	free(l);
}

void *unit_alloc(size_t size, size_t align, gfp_t gfp)
{
	unsigned int class;
	void *p;

	size = kmalloc_size_roundup(size);
	live += size;
	if (size > SMALL_MAX) {
		p = large_alloc(size);
	} else {
		class = class_of(size);
		if (!free_list[class])
			refill(class);
		p = free_list[class];
		free_list[class] = *(void **)p;
	}
	return gfp & __GFP_ZERO ? memset(p, 0, size) : p;
}

void unit_free(const void *p)
{
	unsigned int class;

	if (!p)
		return;
	if ((char *)p < arena || (char *)p >= arena + ARENA) {
		large_free(p);
		return;
	}
	class = page_class[((char *)p - arena) >> PAGE_SHIFT];
	live -= class_size[class];
	*(void **)p = free_list[class];
	free_list[class] = (void *)p;
}

/* No readers but this thread: a grace period is over at once. */
void rcu_read_lock(void) { }
void rcu_read_unlock(void) { }
bool rcu_read_lock_held(void) { return true; }
void synchronize_rcu(void) { }
void rcu_barrier(void) { }
unsigned long start_poll_synchronize_rcu(void) { return 0; }
bool poll_state_synchronize_rcu(unsigned long period) { return true; }

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	if ((unsigned long)func < PAGE_SIZE)
		unit_free((char *)head - (unsigned long)func);
	else
		func(head);
}

void unit_bug(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}
