/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers that can be asked by place: rng_at(seed, k, n) is the same whatever shard asks
 * (design.md 7.8), and a sequential generator for everything else. Not for secrets.
 *
 * SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): the
 * state is a counter, so random access costs what the next number costs.
 */
#ifndef BR_BASE_RNG_H
#define BR_BASE_RNG_H

#include <stdint.h>

#include "base/attr.h"

struct rng {
    uint64_t state;
};

static inline uint64_t rng_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#define RNG_STEP UINT64_C(0x9e3779b97f4a7c15)

static inline void rng_init(struct rng *rng, uint64_t seed)
{
    rng->state = seed;
}

static inline uint64_t rng_next(struct rng *rng)
{
    rng->state += RNG_STEP;
    return rng_mix(rng->state);
}

/* A generator for place k of the sequence of `seed`: independent of all other places. */
static inline struct rng rng_at(uint64_t seed, uint64_t k)
{
    return (struct rng){rng_mix(seed + RNG_STEP) ^ rng_mix(k * RNG_STEP + RNG_STEP)};
}

/* Uniform in [0, 1), 53 bits. */
static inline double rng_double(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1.0p-53;
}

/* Uniform in [0, bound), bound > 0, without modulo bias worth speaking of (bound < 2^32 : exact to
 * 2^-32). */
static inline uint64_t rng_below(struct rng *rng, uint64_t bound)
{
    return (uint64_t)(((br_u128)rng_next(rng) * bound) >> 64);
}

#endif
