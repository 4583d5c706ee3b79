/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The little of the kernel that src/lib uses, for user space.
 *
 * Every <linux/...> header of this directory is a door to this one file: a
 * missing #include is found by the kernel build, not here. What matters for a
 * test behaves as in the kernel: memory freed by RCU stays until a grace
 * period was waited for, every allocation is counted and can be told to fail.
 */
#ifndef _UNIT_KERNEL_SHIM_H
#define _UNIT_KERNEL_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <linux/types.h>
#include <asm/byteorder.h>

/* compiler.h */
#define __rcu
#define __user
#define __percpu
#define __force
#define __iomem
#define __init
#define __exit
#define __read_mostly
#define __ro_after_init
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#define noinline		__attribute__((__noinline__))
#define __maybe_unused		__attribute__((__unused__))
#define __always_unused		__attribute__((__unused__))
#define __must_check		__attribute__((__warn_unused_result__))
#define __packed		__attribute__((__packed__))
#define __aligned(x)		__attribute__((__aligned__(x)))
#undef __pure
#define __pure			__attribute__((__pure__))
#undef __attribute_const__
#define __attribute_const__	__attribute__((__const__))
#define __cold			__attribute__((__cold__))
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))
#define ____cacheline_aligned	__aligned(64)
#define SMP_CACHE_BYTES		64
#define L1_CACHE_BYTES		64
#define fallthrough		__attribute__((__fallthrough__))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ __volatile__("" ::: "memory")
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#define OPTIMIZER_HIDE_VAR(x)	__asm__ ("" : "=r" (x) : "0" (x))
#define prefetch(p)		__builtin_prefetch(p)
#define prefetchw(p)		__builtin_prefetch(p, 1)
#define static_assert_shim(...)	_Static_assert(__VA_ARGS__)
#ifndef static_assert
#define static_assert(expr, ...) \
	_Static_assert(expr, "" #expr)
#endif
#define BUILD_BUG_ON(c)		_Static_assert(!(c), "BUILD_BUG_ON: " #c)
#define BUILD_BUG_ON_ZERO(c)	((int)sizeof(struct { int : (-!!(c)); }))
#define BUILD_BUG_ON_MSG(c, m)	_Static_assert(!(c), m)

/* bug.h, printk.h: a warning is a failed test */
__attribute__((__noreturn__))
void unit_bug(const char *what, const char *file, int line);
#define BUG()			unit_bug("BUG()", __FILE__, __LINE__)
#define BUG_ON(c) \
	do { if (unlikely(c)) unit_bug("BUG_ON(" #c ")", __FILE__, __LINE__); } \
	while (0)
#define WARN_ON(c) ({							\
	bool __w = !!(c);						\
	if (unlikely(__w))						\
		unit_bug("WARN_ON(" #c ")", __FILE__, __LINE__);	\
	__w; })
#define WARN_ON_ONCE(c)		WARN_ON(c)
#define WARN(c, ...)		WARN_ON(c)
#define WARN_ONCE(c, ...)	WARN_ON(c)
#define pr_err(...)		fprintf(stderr, __VA_ARGS__)
#define pr_warn(...)		fprintf(stderr, __VA_ARGS__)
#define pr_info(...)		fprintf(stderr, __VA_ARGS__)
#define pr_debug(...)		do { } while (0)

/* module.h, export.h */
#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)
#define THIS_MODULE		NULL
#define MODULE_LICENSE(x)
#define MODULE_DESCRIPTION(x)

/* kernel.h, minmax.h, container_of.h, align.h */
#undef offsetof
#define offsetof(t, m)		__builtin_offsetof(t, m)
#define offsetofend(t, m)	(offsetof(t, m) + sizeof(((t *)0)->m))
#define sizeof_field(t, m)	sizeof(((t *)0)->m)
#define container_of(p, t, m) ({					\
	const __typeof__(((t *)0)->m) *__m = (p);			\
	(t *)((char *)(uintptr_t)__m - offsetof(t, m)); })
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define min(a, b) ({							\
	__typeof__(a) __a = (a); __typeof__(b) __b = (b);		\
	(void)(&__a == &__b); __a < __b ? __a : __b; })
#define max(a, b) ({							\
	__typeof__(a) __a = (a); __typeof__(b) __b = (b);		\
	(void)(&__a == &__b); __a > __b ? __a : __b; })
#define min_t(t, a, b) ({ t __a = (a), __b = (b); __a < __b ? __a : __b; })
#define max_t(t, a, b) ({ t __a = (a), __b = (b); __a > __b ? __a : __b; })
#define min3(a, b, c)		min((__typeof__(a))min(a, b), c)
#define max3(a, b, c)		max((__typeof__(a))max(a, b), c)
#define clamp(v, lo, hi)	min((__typeof__(v))max(v, lo), hi)
#define clamp_t(t, v, lo, hi)	min_t(t, max_t(t, v, lo), hi)
#define clamp_val(v, lo, hi)	clamp_t(__typeof__(v), v, lo, hi)
#define swap(a, b) \
	do { __typeof__(a) __s = (a); (a) = (b); (b) = __s; } while (0)
#define ALIGN(x, a)		(((x) + ((__typeof__(x))(a) - 1)) & \
				 ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)
#define PTR_ALIGN(p, a)		((__typeof__(p))ALIGN((uintptr_t)(p), (a)))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define DIV_ROUND_CLOSEST(x, d)	(((x) + (d) / 2) / (d))
#define roundup(x, y)		((((x) + (y) - 1) / (y)) * (y))
#define round_up(x, y)		((((x) - 1) | ((__typeof__(x))((y) - 1))) + 1)
#define round_down(x, y)	((x) & ~((__typeof__(x))((y) - 1)))
#define upper_32_bits(n)	((u32)((n) >> 16 >> 16))
#define lower_32_bits(n)	((u32)(n))
#define abs_diff(a, b)		((a) > (b) ? (a) - (b) : (b) - (a))
#define might_sleep()		do { } while (0)
#define cond_resched()		do { } while (0)

#ifndef U8_MAX
#define U8_MAX			((u8)~0U)
#define U16_MAX			((u16)~0U)
#define U32_MAX			((u32)~0U)
#define S32_MAX			((s32)(U32_MAX >> 1))
#define U64_MAX			((u64)~0ULL)
#define S64_MAX			((s64)(U64_MAX >> 1))
#define S64_MIN			((s64)(-S64_MAX - 1))
#endif

/* err.h */
#define MAX_ERRNO		4095
#define IS_ERR_VALUE(x)		((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)
static inline void *ERR_PTR(long e) { return (void *)e; }
static inline long PTR_ERR(const void *p) { return (long)p; }
static inline bool IS_ERR(const void *p) { return IS_ERR_VALUE(p); }
static inline bool IS_ERR_OR_NULL(const void *p) { return !p || IS_ERR(p); }
static inline int PTR_ERR_OR_ZERO(const void *p)
{
	return IS_ERR(p) ? PTR_ERR(p) : 0;
}
static inline void *ERR_CAST(const void *p) { return (void *)p; }

/* bits.h, bitops.h, log2.h */
#define BITS_PER_LONG		(8 * (int)sizeof(long))
#define BITS_PER_LONG_LONG	64
#define BITS_PER_BYTE		8
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, BITS_PER_LONG)
#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define BIT_MASK(n)		(1UL << ((n) % BITS_PER_LONG))
#define BIT_WORD(n)		((n) / BITS_PER_LONG)
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define GENMASK_ULL(h, l)	((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define BITMAP_FIRST_WORD_MASK(s) (~0UL << ((s) & (BITS_PER_LONG - 1)))
#define BITMAP_LAST_WORD_MASK(n) (~0UL >> (-(n) & (BITS_PER_LONG - 1)))
#define DECLARE_BITMAP(n, b)	unsigned long n[BITS_TO_LONGS(b)]
#define hweight8(x)		((unsigned int)__builtin_popcount((u8)(x)))
#define hweight16(x)		((unsigned int)__builtin_popcount((u16)(x)))
#define hweight32(x)		((unsigned int)__builtin_popcount(x))
#define hweight64(x)		((unsigned long)__builtin_popcountll(x))
#define hweight_long(x)		((unsigned long)__builtin_popcountl(x))
static inline unsigned long __ffs(unsigned long x) { return __builtin_ctzl(x); }
static inline unsigned int __ffs64(u64 x) { return __builtin_ctzll(x); }
static inline unsigned long __fls(unsigned long x)
{
	return BITS_PER_LONG - 1 - __builtin_clzl(x);
}
static inline unsigned int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}
static inline unsigned int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}
static inline unsigned int fls_long(unsigned long x) { return fls64(x); }
static inline unsigned long ffz(unsigned long x) { return __ffs(~x); }
#define ffs(x)			__builtin_ffs(x)
static inline void __set_bit(unsigned long n, unsigned long *p)
{
	p[BIT_WORD(n)] |= BIT_MASK(n);
}
static inline void __clear_bit(unsigned long n, unsigned long *p)
{
	p[BIT_WORD(n)] &= ~BIT_MASK(n);
}
static inline bool test_bit(unsigned long n, const unsigned long *p)
{
	return p[BIT_WORD(n)] >> (n % BITS_PER_LONG) & 1;
}
static inline bool __test_and_set_bit(unsigned long n, unsigned long *p)
{
	bool old = test_bit(n, p);

	__set_bit(n, p);
	return old;
}
#define set_bit(n, p)		__set_bit(n, p)
#define clear_bit(n, p)		__clear_bit(n, p)
static inline unsigned long find_next_bit(const unsigned long *p,
					  unsigned long size, unsigned long i)
{
	for (; i < size; i++)
		if (test_bit(i, p))
			return i;
	return size;
}
#define find_first_bit(p, n)	find_next_bit(p, n, 0)
#define for_each_set_bit(b, p, n)					\
	for ((b) = find_first_bit(p, n); (b) < (n);			\
	     (b) = find_next_bit(p, n, (b) + 1))
#define bitmap_zero(p, n)	memset(p, 0, BITS_TO_LONGS(n) * sizeof(long))
static inline u32 rol32(u32 w, unsigned int s) { return w << (s & 31) | w >> (-s & 31); }
static inline u32 ror32(u32 w, unsigned int s) { return w >> (s & 31) | w << (-s & 31); }
static inline u64 rol64(u64 w, unsigned int s) { return w << (s & 63) | w >> (-s & 63); }
static inline u64 ror64(u64 w, unsigned int s) { return w >> (s & 63) | w << (-s & 63); }
#define ilog2(n)		((int)fls64(n) - 1)
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define roundup_pow_of_two(n)	((n) <= 1 ? 1UL : 1UL << fls64((n) - 1))
#define rounddown_pow_of_two(n)	(1UL << (fls64(n) - 1))
#define order_base_2(n)		((n) > 1 ? ilog2((n) - 1) + 1 : 0)

/* math64.h */
#define do_div(n, base) ({ u32 __r = (n) % (u32)(base); (n) /= (u32)(base); __r; })
static inline u64 div_u64(u64 a, u32 b) { return a / b; }
static inline u64 div64_u64(u64 a, u64 b) { return a / b; }
static inline s64 div_s64(s64 a, s32 b) { return a / b; }
static inline s64 div64_s64(s64 a, s64 b) { return a / b; }
static inline u64 div_u64_rem(u64 a, u32 b, u32 *r) { *r = a % b; return a / b; }
static inline u64 div64_u64_rem(u64 a, u64 b, u64 *r) { *r = a % b; return a / b; }
static inline u64 mul_u32_u32(u32 a, u32 b) { return (u64)a * b; }
static inline u64 mul_u64_u32_shr(u64 a, u32 b, unsigned int s)
{
	return (unsigned __int128)a * b >> s;
}
static inline u64 mul_u64_u64_shr(u64 a, u64 b, unsigned int s)
{
	return (unsigned __int128)a * b >> s;
}
static inline u64 mul_u64_u64_div_u64(u64 a, u64 b, u64 c)
{
	return (unsigned __int128)a * b / c;
}

/* overflow.h */
#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d)	__builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d)	__builtin_mul_overflow(a, b, d)
static inline size_t size_mul(size_t a, size_t b)
{
	size_t n;

	return __builtin_mul_overflow(a, b, &n) ? SIZE_MAX : n;
}
static inline size_t size_add(size_t a, size_t b)
{
	size_t n;

	return __builtin_add_overflow(a, b, &n) ? SIZE_MAX : n;
}
#define array_size(a, b)	size_mul(a, b)
#define array3_size(a, b, c)	size_mul(size_mul(a, b), c)
#define flex_array_size(p, m, n) size_mul(n, sizeof(*(p)->m))
#define struct_size(p, m, n)	size_add(sizeof(*(p)), flex_array_size(p, m, n))
#define struct_size_t(t, m, n)	struct_size((t *)NULL, m, n)

/* hash.h */
#define GOLDEN_RATIO_32		0x61C88647
#define GOLDEN_RATIO_64		0x61C8864680B583EBull
static inline u32 hash_32(u32 v, unsigned int bits)
{
	return v * GOLDEN_RATIO_32 >> (32 - bits);
}
static inline u32 hash_64(u64 v, unsigned int bits)
{
	return v * GOLDEN_RATIO_64 >> (64 - bits);
}
#define hash_long(v, bits)	hash_64(v, bits)

/* unaligned.h */
#define get_unaligned(p) ({						\
	const struct { __typeof__(*(p)) x; } __packed *__u = (const void *)(p); \
	__u->x; })
#define put_unaligned(v, p) do {					\
	struct { __typeof__(*(p)) x; } __packed *__u = (void *)(p);	\
	__u->x = (v); } while (0)
static inline u16 get_unaligned_be16(const void *p) { __be16 v; memcpy(&v, p, 2); return be16_to_cpu(v); }
static inline u32 get_unaligned_be32(const void *p) { __be32 v; memcpy(&v, p, 4); return be32_to_cpu(v); }
static inline u64 get_unaligned_be64(const void *p) { __be64 v; memcpy(&v, p, 8); return be64_to_cpu(v); }
static inline u32 get_unaligned_le32(const void *p) { __le32 v; memcpy(&v, p, 4); return le32_to_cpu(v); }
static inline u64 get_unaligned_le64(const void *p) { __le64 v; memcpy(&v, p, 8); return le64_to_cpu(v); }

/* gfp.h, slab.h, mm.h: implemented in harness.c */
typedef unsigned int gfp_t;
#define GFP_KERNEL		0x01u
#define GFP_ATOMIC		0x02u
#define GFP_NOWAIT		0x04u
#define __GFP_ACCOUNT		0x08u
#define __GFP_ZERO		0x10u
#define __GFP_NOWARN		0x20u
#define __GFP_NORETRY		0x40u
#define __GFP_RETRY_MAYFAIL	0x80u
#define GFP_KERNEL_ACCOUNT	(GFP_KERNEL | __GFP_ACCOUNT)
#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PAGE_ALIGN(x)		ALIGN(x, PAGE_SIZE)
#define KMALLOC_MAX_SIZE	(4UL << 20)
#define ZERO_SIZE_PTR		((void *)16)
#define ZERO_OR_NULL_PTR(p)	((unsigned long)(p) <= (unsigned long)ZERO_SIZE_PTR)

void *unit_alloc(size_t size, size_t align, gfp_t gfp);
void *unit_realloc(const void *p, size_t size, gfp_t gfp);
void unit_free(const void *p);

#define kmalloc(n, g)		unit_alloc(n, 8, g)
#define kzalloc(n, g)		unit_alloc(n, 8, (g) | __GFP_ZERO)
#define kmalloc_array(n, s, g)	unit_alloc(size_mul(n, s), 8, g)
#define kcalloc(n, s, g)	unit_alloc(size_mul(n, s), 8, (g) | __GFP_ZERO)
#define kvmalloc(n, g)		kmalloc(n, g)
#define kvzalloc(n, g)		kzalloc(n, g)
#define kvmalloc_array(n, s, g)	kmalloc_array(n, s, g)
#define kvcalloc(n, s, g)	kcalloc(n, s, g)
#define vmalloc(n)		unit_alloc(n, PAGE_SIZE, GFP_KERNEL)
#define vzalloc(n)		unit_alloc(n, PAGE_SIZE, GFP_KERNEL | __GFP_ZERO)
#define krealloc(p, n, g)	unit_realloc(p, n, g)
#define krealloc_array(p, n, s, g) unit_realloc(p, size_mul(n, s), g)
#define kfree(p)		unit_free(p)
#define kvfree(p)		unit_free(p)
#define vfree(p)		unit_free(p)
#define kfree_sensitive(p)	unit_free(p)
#define ksize(p)		unit_size(p)
/* The size classes of the kernel's allocator. */
static inline size_t kmalloc_size_roundup(size_t size)
{
	if (size > 64 && size <= 96)
		return 96;
	if (size > 128 && size <= 192)
		return 192;
	return size <= 8 ? 8 : size > 8192 ? PAGE_ALIGN(size) :
	       1UL << (64 - __builtin_clzl(size - 1));
}
static inline void *kmemdup(const void *src, size_t n, gfp_t gfp)
{
	void *p = kmalloc(n, gfp);

	return p ? memcpy(p, src, n) : NULL;
}

struct kmem_cache {
	size_t size, align;
};
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
				     unsigned int align, unsigned int flags,
				     void (*ctor)(void *));
void kmem_cache_destroy(struct kmem_cache *c);
#define KMEM_CACHE(s, f) \
	kmem_cache_create(#s, sizeof(struct s), __alignof__(struct s), f, NULL)
#define SLAB_ACCOUNT		0
#define SLAB_HWCACHE_ALIGN	0
#define kmem_cache_alloc(c, g)	unit_alloc((c)->size, (c)->align, g)
#define kmem_cache_zalloc(c, g)	unit_alloc((c)->size, (c)->align, (g) | __GFP_ZERO)
#define kmem_cache_free(c, p)	unit_free(p)

/*
 * rcupdate.h: readers of any number of threads are waited for; what was given
 * to call_rcu() or kfree_rcu() is touched no earlier than the next
 * synchronize_rcu() or rcu_barrier() (the harness calls one after each test).
 */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

#ifndef callback_head
#define callback_head rcu_head
#endif

void rcu_read_lock(void);
void rcu_read_unlock(void);
bool rcu_read_lock_held(void);
void synchronize_rcu(void);
void rcu_barrier(void);
unsigned long start_poll_synchronize_rcu(void);
bool poll_state_synchronize_rcu(unsigned long period);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));

#define rcu_read_lock_bh()	rcu_read_lock()
#define rcu_read_unlock_bh()	rcu_read_unlock()
#define synchronize_rcu_expedited() synchronize_rcu()
#define synchronize_net()	synchronize_rcu()
/* As the kernel: an offset below one page instead of a function says "free". */
#define kfree_rcu(p, field) \
	call_rcu(&(p)->field, (void (*)(struct rcu_head *))offsetof(__typeof__(*(p)), field))
#define kvfree_rcu(p, field)	kfree_rcu(p, field)
#define RCU_INITIALIZER(v)	(v)
#define RCU_INIT_POINTER(p, v)	WRITE_ONCE(p, v)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define rcu_replace_pointer(p, v, c) ({					\
	__typeof__(p) __old = (p); (void)(c);				\
	rcu_assign_pointer(p, v); __old; })
#define rcu_access_pointer(p)	__atomic_load_n(&(p), __ATOMIC_RELAXED)
#define rcu_dereference_raw(p)	__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_check(p, c) ({ (void)(c); rcu_dereference_raw(p); })
#define rcu_dereference_bh_check(p, c) rcu_dereference_check(p, c)
#define rcu_dereference_protected(p, c) ({ (void)(c); rcu_access_pointer(p); })
/* Outside of rcu_read_lock() it is a failed test, as lockdep would tell. */
#ifdef UNIT_UNCHECKED	/* as a kernel without lockdep */
#define rcu_dereference(p)	rcu_dereference_raw(p)
#else
#define rcu_dereference(p) ({						\
	BUG_ON(!rcu_read_lock_held()); rcu_dereference_raw(p); })
#endif
#define rcu_dereference_bh(p)	rcu_dereference(p)
#define RCU_LOCKDEP_WARN(c, s)	WARN_ON(c)
#define lockdep_assert_held(l)	((void)(l))
#define lockdep_is_held(l)	((void)(l), 1)

/* list.h */
struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(n)	{ &(n), &(n) }
#define LIST_HEAD(n)		struct list_head n = LIST_HEAD_INIT(n)
static inline void INIT_LIST_HEAD(struct list_head *l) { l->next = l->prev = l; }
static inline bool list_empty(const struct list_head *l) { return l->next == l; }
static inline void list_add(struct list_head *n, struct list_head *h)
{
	n->next = h->next;
	n->prev = h;
	h->next->prev = n;
	h->next = n;
}
static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	list_add(n, h->prev);
}
static inline void list_del(struct list_head *e)
{
	e->next->prev = e->prev;
	e->prev->next = e->next;
	e->next = e->prev = NULL;
}
#define list_entry(p, t, m)	container_of(p, t, m)
#define list_for_each_entry(p, h, m)					\
	for (p = list_entry((h)->next, __typeof__(*p), m); &p->m != (h); \
	     p = list_entry(p->m.next, __typeof__(*p), m))
#define list_for_each_entry_safe(p, n, h, m)				\
	for (p = list_entry((h)->next, __typeof__(*p), m),		\
	     n = list_entry(p->m.next, __typeof__(*p), m);		\
	     &p->m != (h);						\
	     p = n, n = list_entry(n->m.next, __typeof__(*n), m))

/* sort.h */
void sort(void *base, size_t num, size_t size,
	  int (*cmp)(const void *a, const void *b),
	  void (*swap_fn)(void *a, void *b, int size));
void sort_r(void *base, size_t num, size_t size,
	    int (*cmp)(const void *a, const void *b, const void *priv),
	    void (*swap_fn)(void *a, void *b, int size, const void *priv),
	    const void *priv);

/* random.h: from the test's seed */
u32 get_random_u32(void);
u64 get_random_u64(void);
void get_random_bytes(void *p, size_t n);

#endif /* _UNIT_KERNEL_SHIM_H */
