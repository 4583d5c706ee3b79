# SPDX-License-Identifier: GPL-2.0
"""What chance allows: chi-square tests of shares and of independence."""
import math

from traffic_flows import Refused

ALPHA = 1e-6        # once in so many runs a good result looks bad


def chi_square_tail(x, freedom):
    """P(chi-square >= x): the regularised incomplete gamma function Q."""
    a, x = freedom / 2, x / 2
    if x <= 0 or not freedom:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:               # series of P
        term = total = 1 / a
        k = a
        while term > total * 1e-15:
            k += 1
            term *= x / k
            total += term
        return max(0.0, 1 - total * scale)
    b = x + 1 - a               # continued fraction of Q
    c = 1e300
    d = 1 / b
    h = d
    for i in range(1, 1000):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        h *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return h * scale


def share(counts, weights, buckets):
    """The chance of counts at least as far from the weights."""
    n = sum(counts.values())
    total = sum(weights.values())
    if set(counts) - set(weights):
        return 0.0
    x = 0.0
    for label, weight in weights.items():
        p = weight / total
        seen = counts.get(label, 0)
        if buckets:             # the share within a bucket that fits best
            p = min(max(seen / n, p - 1 / buckets), p + 1 / buckets)
        if p <= 0:
            return 0.0 if seen else 1.0
        x += (seen - n * p) ** 2 / (n * p)
    return chi_square_tail(x, len(weights) - 1)


def independence(a, b):
    rows, columns, cells, n = {}, {}, {}, 0
    for x, y in zip(a, b):
        if x and y:
            rows[x] = rows.get(x, 0) + 1
            columns[y] = columns.get(y, 0) + 1
            cells[x, y] = cells.get((x, y), 0) + 1
            n += 1
    if len(rows) < 2 or len(columns) < 2:
        raise Refused("independence needs two labels in each map")
    chi = sum((cells.get((r, c), 0) - nr * nc / n) ** 2 / (nr * nc / n)
              for r, nr in rows.items() for c, nc in columns.items())
    return chi_square_tail(chi, (len(rows) - 1) * (len(columns) - 1)), cells
