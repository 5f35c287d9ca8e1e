"""Back-propagation under synaptic caching, compiled and event-driven.

Most pixels of a digit are 0, and the synapses of a silent input only decay: decay is one scalar D for each layer (the
transient part is D·s), only rows of active inputs are touched, and Σ|s| and the largest |s| of each neuron follow from
what was touched. That is all a trigger needs: what was not touched did not exceed the threshold after the last step,
and has decayed since. Only where a consolidation leaves a rest (quantum, pulse) or a policy brings its own statistic, a
unit is looked at whole. Weights are stored input-major, so that a row belongs to one input.

Order of the acts (preset ``order = "mlp"``): forward, errors back, change, trigger, consolidation, hold, decay.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numba.core import types
from numpy.typing import NDArray

from lava_caching.kernels._compile import FOLD, compiled, inlined, vectorised
from lava_caching.kernels.books import TALLY, book, book_values
from lava_caching.kernels.rows import ALWAYS, CUSTOM, FULL, MAX, NEVER, SUM, TRIGGER, moved_amount
from lava_caching.kernels.schedule import COURSE, SCHEDULE, adapted
from lava_caching.synapse import NEGLIGIBLE

__all__ = ["BOOKS", "LAYERS", "Books", "Layers", "predict", "train"]

NEURON, LAYER, NETWORK, SYNAPSE = range(4)
LEAST_DECAY = 1e-20
"""D below which s takes it over: a million float32 changes of 1e6, over D, stay below 1e38."""


class Layers(NamedTuple):
    """All layers in one: arrays of the weights of all, one layer after the other.

    l, s : (Σ n_in·n_out,), input-major within a layer; the transient part is decay·s
    n_in, n_out : (layers,), inputs with the one that is always on, and outputs
    first, first_neuron : (layers,), where a layer begins in l and s, and among all neurons
    decay : (layers,), D
    size : (neurons,), Σ|s| of each neuron, without D
    held : (layers,), Σ|l|
    peak : (neurons,), no |l| of the neuron has been larger
    ceiling : (neurons,), no |s| of the neuron is larger, without D; kept where the threshold may fall
    """

    l: NDArray[Any]
    s: NDArray[Any]
    n_in: NDArray[np.int64]
    n_out: NDArray[np.int64]
    first: NDArray[np.int64]
    first_neuron: NDArray[np.int64]
    decay: NDArray[np.float64]
    size: NDArray[np.float64]
    held: NDArray[np.float64]
    peak: NDArray[np.float64]
    ceiling: NDArray[np.float64]


class Books(NamedTuple):
    """Books of persistent writes by layer: as `lava_caching.kernels.books.Writes`, with one more axis in front."""

    bins: NDArray[np.float64]
    sums: NDArray[np.float64]
    range: NDArray[np.int64]
    per_synapse: NDArray[np.int64]


_F1, _I1 = types.float64[::1], types.int64[::1]
BOOKS = types.NamedTuple((types.float64[:, :, :, ::1], types.float64[:, :, ::1], types.int64[:, ::1], _I1), Books)


def LAYERS(kind: Any) -> Any:  # noqa: N802 - a type, for either precision
    """Return the type of `Layers` with weights of a kind."""
    return types.NamedTuple((kind[::1], kind[::1], _I1, _I1, _I1, _I1, _F1, _F1, _F1, _F1, _F1), Layers)


@inlined
def _rows(flat, k, layers):  # type: ignore[no-untyped-def]
    """Return the weights of layer k as (n_in, n_out): into a row no index can be negative, so loops vectorise."""
    first, n_in, n_out = layers.first[k], layers.n_in[k], layers.n_out[k]
    return flat[first : first + n_in * n_out].reshape(n_in, n_out)


@vectorised
def _forward(l, s, decay, active, a, n_active, z):  # type: ignore[no-untyped-def]
    """Sum the inputs of a layer, row by row of its active inputs."""
    n_out = l.shape[1]
    for j in range(n_out):
        z[j] = 0.0
    for m in range(n_active):
        row, x = active[m], a[m]
        for j in range(n_out):
            z[j] += x * (l[row, j] + decay * s[row, j])


@vectorised
def _change(s, active, a, n_active, step, size, largest):  # type: ignore[no-untyped-def]
    """Add a·step to s, where step is η·δ/D; follow Σ|s| and the largest |s| of each neuron, both without D."""
    n_out = s.shape[1]
    for j in range(n_out):
        largest[j] = 0.0
    for m in range(n_active):
        row, x = active[m], a[m]
        for j in range(n_out):
            before = s[row, j]
            after = before + step[j] * x
            s[row, j] = after
            strength = abs(after)
            size[j] += strength - abs(before)
            largest[j] = strength if strength > largest[j] else largest[j]  # a maximum that vectorises


@inlined
def _change_largest(s, active, a, n_active, delta, eta, decay, least, size, largest, kept_l1, n_kept):  # type: ignore[no-untyped-def]
    """Add changes to s as `_change` does, but none below `least`; sum up and count them, by neuron."""
    for j in range(s.shape[1]):
        largest[j], kept_l1[j], n_kept[j] = 0.0, 0.0, 0
    for m in range(n_active):
        row = active[m]
        for j in range(s.shape[1]):
            change = eta * (delta[j] * a[m])
            before = s[row, j]
            if abs(np.float64(change)) >= least:
                s[row, j] = before + change / decay
                kept_l1[j] += abs(np.float64(change))
                n_kept[j] += change != 0.0
            strength = abs(s[row, j])
            size[j] += strength - abs(before)
            largest[j] = max(largest[j], strength)


@inlined
def _least_to_compete(delta, a, n_active, eta, n_changes, sorted_delta, sorted_a):  # type: ignore[no-untyped-def]
    """Return the size of the change that is the n-th largest of a layer; 0 if there are not so many.

    The changes are products of two factors. With both sorted, a staircase counts the changes of at least a size in
    n_out + n_in steps, and the size is found by halving the range of its bits: 4 to 5 µs, where a partition of 15,000
    products takes 80 to 150.
    """
    n_out = delta.size
    for j in range(n_out):
        sorted_delta[j] = -abs(delta[j])
    for m in range(n_active):
        sorted_a[m] = -abs(a[m])
    sorted_delta[:n_out].sort()
    sorted_a[:n_active].sort()
    if n_active == 0 or n_changes >= n_out * n_active:
        return 0.0
    low, high = np.int64(0), np.float64(eta * (sorted_delta[0] * sorted_a[0])).view(np.int64) + 1
    while high - low > 1:  # at least n changes are of size low, fewer of size high
        middle = low + (high - low) // 2  # the bits of 2.0 are 2^62: a sum of two such leaves 64 bits
        bits = np.int64(middle)
        size = bits.view(np.float64)
        count, m = 0, n_active
        for j in range(n_out):
            while m > 0 and np.float64(eta * (sorted_delta[j] * sorted_a[m - 1])) < size:
                m -= 1
            count += m
            if m == 0:
                break
        if count >= n_changes:
            low = middle
        else:
            high = middle
        if count == n_changes:
            break
    bits = np.int64(low)
    return bits.view(np.float64)


@inlined
def _look_up(k, bound, layers, largest):  # type: ignore[no-untyped-def]
    """Where the threshold may have fallen below an |s| that was not touched, let `largest` be that of all synapses."""
    n_out, decay, first = layers.n_out[k], layers.decay[k], layers.first_neuron[k]
    s = _rows(layers.s, k, layers)
    for j in range(n_out):
        layers.ceiling[first + j] = max(layers.ceiling[first + j], np.float64(largest[j]))
        if layers.ceiling[first + j] * decay > bound and np.float64(largest[j]) * decay <= bound:
            for i in range(s.shape[0]):
                largest[j] = max(largest[j], abs(s[i, j]))
            layers.ceiling[first + j] = largest[j]


@inlined
def _reach(l, s, first, n_out, decay, active, n_active, largest, peak, top):  # type: ignore[no-untyped-def]
    """Return the largest |w| so far; only neurons that may have exceeded it are looked at."""
    for j in range(n_out):
        if peak[j] + largest[j] * decay > top:
            for m in range(n_active):
                at = first + active[m] * n_out + j
                top = max(top, abs(np.float64(l[at] + decay * s[at])))
    return top


@inlined
def _logistic(z, a):  # type: ignore[no-untyped-def]
    for j in range(z.size):
        small = np.exp(-abs(z[j]))
        a[j] = (1.0 if z[j] >= 0.0 else small) / (1.0 + small)


@inlined
def _write(at, k, neuron, moved, layers, books):  # type: ignore[no-untyped-def]
    """Move to the persistent part of one synapse and book it."""
    before = layers.l[at]
    layers.l[at] = before + moved
    strength = abs(np.float64(layers.l[at]))
    layers.held[k] += strength - abs(np.float64(before))
    layers.peak[neuron] = max(layers.peak[neuron], strength)
    book(moved, 1, books.bins[k])
    sign = 0 if moved > 0.0 else 1
    books.sums[k, sign, 0] += 1.0
    books.sums[k, sign, 1] += moved * moved
    bits = np.float64(abs(moved)).view(np.int64)
    books.range[k, 0] = min(books.range[k, 0], bits)
    books.range[k, 1] = max(books.range[k, 1], bits)
    if books.per_synapse.size > 0:
        books.per_synapse[at] += 1


@inlined
def _consolidate(at, k, j, trigger, layers, tally, books):  # type: ignore[no-untyped-def]
    """Consolidate one synapse; return whether something moved."""
    decay = layers.decay[k]
    value = np.float64(layers.s[at]) * decay
    moved = moved_amount(value, trigger)
    if moved == 0.0:
        return False
    size = abs(np.float64(layers.s[at]))
    layers.s[at] = 0.0 if trigger.amount == FULL else (value - moved) / decay
    layers.size[layers.first_neuron[k] + j] += abs(np.float64(layers.s[at])) - size
    tally[k].n_transferred += 1
    _write(at, k, layers.first_neuron[k] + j, moved, layers, books)
    return True


@inlined
def _statistic(k, j, value, trigger, fold, layers):  # type: ignore[no-untyped-def]
    """Go on with a policy's statistic over all synapses of neuron j."""
    n_out, first, decay = layers.n_out[k], layers.first[k], layers.decay[k]
    for i in range(layers.n_in[k]):
        s = np.float64(layers.s[first + i * n_out + j]) * decay
        if fold is not None and trigger.statistic == CUSTOM:
            value = fold(value, s)
        else:
            value = value + abs(s) if trigger.statistic == SUM else max(value, abs(s))
    return value


@inlined
def _over_layer(k, value, trigger, fold, layers, strength, whole):  # type: ignore[no-untyped-def]
    """Go on with a policy's statistic over all neurons of layer k."""
    for j in range(layers.n_out[k]):
        if whole:
            value = _statistic(k, j, value, trigger, fold, layers)
        else:
            value = value + strength[j] if trigger.statistic == SUM else max(value, strength[j])
    return value


@inlined
def _consolidate_neuron(  # type: ignore[no-untyped-def]
    k, j, active, a, n_active, delta, eta, least, trigger, by_synapse, adapts, fold, layers, tally, books
):
    """Consolidate what the trigger selects of neuron j, and count its changes of this step that stay transient."""
    t, n_out, first = tally[k], layers.n_out[k], layers.first[k]
    bound, decay = trigger.bound, layers.decay[k]
    if trigger.amount == FULL and not by_synapse:
        neuron = layers.first_neuron[k] + j
        n_moved, layers.held[k], layers.peak[neuron] = _empty_neuron(
            _rows(layers.l, k, layers), _rows(layers.s, k, layers), j, decay, layers.held[k], layers.peak[neuron],
            books.bins[k], books.sums[k], books.range[k], _counts(k, layers, books),
        )  # fmt: skip
        t.n_transferred += n_moved
        layers.size[neuron] = 0.0  # no rounding is carried on
        layers.ceiling[neuron] = 0.0
        return
    kept, total, m = 0, 0.0, 0
    # what was not touched cannot exceed the threshold, unless consolidations leave a rest
    few = by_synapse and trigger.amount == FULL and trigger.statistic != CUSTOM and not adapts
    for place in range(n_active if few else layers.n_in[k]):
        i = active[place] if few else place
        at = first + i * n_out + j
        changed = m < n_active and active[m] == i
        change = abs(np.float64(eta * (delta[j] * a[m]))) if changed else 0.0
        m += changed
        change = change if change >= least else 0.0
        selected = True
        if by_synapse:
            value = np.float64(layers.s[at]) * decay
            strength = abs(value)
            if fold is not None and trigger.statistic == CUSTOM:
                strength = fold(0.0, value)
            selected = strength > bound
            t.n_consolidations += selected
        moved = selected and _consolidate(at, k, j, trigger, layers, tally, books)
        if change != 0.0 and (not selected or (trigger.amount != FULL and not moved)):
            kept += 1
            total += change  # type: ignore[assignment]
    t.n_transient_writes += kept
    t.transient_change_l1 += total
    if by_synapse and trigger.amount == FULL:
        layers.ceiling[layers.first_neuron[k] + j] = bound / decay


@inlined
def _empty_neuron(l, s, j, decay, held, peak, bins, sums, span, per_synapse):  # type: ignore[no-untyped-def]
    """Transfer all of neuron j: the same as `_consolidate` for each synapse, but one memory at a time.

    Returns how many were written, Σ|l| and the largest |l| so far. A neuron is a column, so every access waits for
    memory; apart, the accesses wait together (65 ns a synapse when they were mixed).
    """
    n_out, moved = l.shape[1], np.empty(l.shape[0])
    for i in range(moved.size):
        value = np.float64(s[i, j]) * decay
        moved[i] = value if abs(value) > NEGLIGIBLE else 0.0
        s[i, j] = 0.0
    for i in range(moved.size):
        before = np.float64(l[i, j])
        l[i, j] = before + moved[i]
        strength = abs(np.float64(l[i, j]))
        held += strength - abs(before)
        peak = max(peak, strength)
    if per_synapse.size > 0:
        for i in range(moved.size):
            per_synapse[i * n_out + j] += moved[i] != 0.0
    return book_values(moved, bins, sums, span), held, peak


@inlined
def _add_directly(  # type: ignore[no-untyped-def]
    l, active, a, n_active, delta, eta, least, held, peak, top, bins, sums, span, per_synapse
):
    """Write changes straight into the persistent part; return their number, Σ|l| and the largest |l|."""
    n_out, n_changed = l.shape[1], 0
    low, high = span[0], span[1]
    for m in range(n_active):
        row = active[m]
        for j in range(n_out):
            change = np.float64(eta * (delta[j] * a[m]))
            if change == 0.0 or abs(change) < least:
                continue
            n_changed += 1
            before = np.float64(l[row, j])
            l[row, j] = before + change
            strength = abs(np.float64(l[row, j]))
            held += strength - abs(before)
            peak[j] = max(peak[j], strength)
            top = max(top, strength)
            book(change, 1, bins)
            sign = 0 if change > 0.0 else 1
            sums[sign, 0] += 1.0
            sums[sign, 1] += change * change
            bits = np.float64(abs(change)).view(np.int64)
            low = min(low, bits)
            high = max(high, bits)
            if per_synapse.size > 0:
                per_synapse[row * n_out + j] += 1
    span[0], span[1] = low, high
    return n_changed, held, top


@inlined
def _keep_changes(k, size, n, a, n_active, eta, tally):  # type: ignore[no-untyped-def]
    """Count the changes that stay transient: of n neurons whose |δ| add up to `size`."""
    total = 0.0
    for m in range(n_active):
        total += abs(np.float64(a[m]))  # type: ignore[assignment]
    tally[k].transient_change_l1 += eta * size * total
    tally[k].n_transient_writes += n * n_active


@inlined
def _counts(k, layers, books):  # type: ignore[no-untyped-def]
    """Return the writes of each synapse of layer k, nothing where they are not recorded."""
    first = layers.first[k]
    return books.per_synapse[first : first + layers.n_in[k] * layers.n_out[k]]  # of nothing: nothing


@inlined
def _write_directly(k, active, a, n_active, delta, eta, least, scope, layers, tally, books):  # type: ignore[no-untyped-def]
    """Write changes straight into the persistent part."""
    t, n_out, first_neuron = tally[k], layers.n_out[k], layers.first_neuron[k]
    n_changed, layers.held[k], t.largest_weight = _add_directly(
        _rows(layers.l, k, layers), active, a, n_active, delta, eta, least, layers.held[k],
        layers.peak[first_neuron : first_neuron + n_out], t.largest_weight, books.bins[k], books.sums[k],
        books.range[k], _counts(k, layers, books),
    )  # fmt: skip
    if scope == SYNAPSE:
        t.n_consolidations += n_changed
    elif scope == NEURON and n_active > 0:
        largest = np.abs(a[:n_active]).max()
        for j in range(n_out):
            t.n_consolidations += delta[j] != 0.0 and abs(np.float64(eta * (delta[j] * largest))) >= least
    elif scope == LAYER:
        t.n_consolidations += n_changed > 0


def _train(  # type: ignore[no-untyped-def]
    x, labels, biases, plain, squared, lazy, n_competing, eta, limit, kept, scope, trigger, fold, schedule, course,
    layers, tally, n_ops, books, off, on,
):  # fmt: skip
    n_layers, widest = layers.n_in.size, max(layers.n_in.max(), layers.n_out.max())
    active, inputs = np.zeros((n_layers, widest), np.int64), np.zeros((n_layers, widest), layers.l.dtype)
    n_active = np.zeros(n_layers, np.int64)
    z = np.zeros((n_layers, widest), layers.l.dtype)
    delta, error = np.zeros((n_layers, widest), layers.l.dtype), np.zeros((n_layers, widest), layers.l.dtype)
    largest, step = np.zeros((n_layers, widest), layers.l.dtype), np.zeros(widest, layers.l.dtype)
    kind, strength = layers.l.dtype.type, np.zeros(widest)
    kept_l1, n_kept = np.zeros((n_layers, widest)), np.zeros((n_layers, widest), np.int64)
    sorted_delta, sorted_a = np.zeros(widest, layers.l.dtype), np.zeros(widest, layers.l.dtype)
    leasts = np.zeros(n_layers)  # sizes of the smallest changes that are made; 0 where none compete
    competes, adapts = n_competing.size > 0, course.size > 0
    by_synapse, never = scope == SYNAPSE, trigger.statistic == NEVER
    whole = trigger.statistic == CUSTOM or trigger.amount != FULL
    last = n_layers - 1
    for n in range(labels.size):
        n_active[0] = 0
        for i in range(x.shape[1]):
            if x[n, i] != 0:
                active[0, n_active[0]] = i
                inputs[0, n_active[0]] = x[n, i]
                n_active[0] += 1
        for k in range(n_layers):
            if k > 0:
                n_active[k] = 0
                for i in range(layers.n_out[k - 1]):
                    if z[k - 1, i] != 0:
                        active[k, n_active[k]] = i
                        inputs[k, n_active[k]] = z[k - 1, i]
                        n_active[k] += 1
            if biases:
                active[k, n_active[k]] = layers.n_in[k] - 1
                inputs[k, n_active[k]] = 1.0
                n_active[k] += 1
            decay = kind(layers.decay[k])
            _forward(
                _rows(layers.l, k, layers), _rows(layers.s, k, layers), decay, active[k], inputs[k], n_active[k], z[k]
            )
            _logistic(z[k, : layers.n_out[k]], z[k])
        for j in range(layers.n_out[last]):
            error[last, j] = (on if j == labels[n] else off) - z[last, j]
            delta[last, j] = error[last, j] * z[last, j] * (1.0 - z[last, j]) if squared else error[last, j]
        for k in range(last, 0, -1):
            n_out, back = layers.n_out[k], error[k] if plain else delta[k]
            for i in range(layers.n_out[k - 1]):
                start, total = layers.first[k] + i * n_out, 0.0
                for j in range(n_out):
                    w = layers.l[start + j] + layers.decay[k] * layers.s[start + j]
                    total += w * back[j]
                error[k - 1, i] = total
                delta[k - 1, i] = total * z[k - 1, i] * (1.0 - z[k - 1, i])
        for k in range(n_layers):
            for j in range(layers.n_out[k]):
                if not abs(eta * delta[k, j]) <= limit:  # so that NaN is found as well
                    return n
        wrong = np.argmax(z[last, : layers.n_out[last]]) != labels[n]
        trigger = adapted(trigger, schedule, course, tally[0].n_steps, wrong)
        unit, any_change = 0.0, False
        for k in range(n_layers):
            t, n_out = tally[k], layers.n_out[k]
            t.n_steps += 1
            n_ops[k] += n_active[k] * n_out
            if lazy and not wrong:
                continue
            if competes:
                leasts[k] = _least_to_compete(
                    delta[k, :n_out], inputs[k], n_active[k], eta, n_competing[k], sorted_delta, sorted_a
                )
            changed = n_active[k] > 0 and np.count_nonzero(delta[k, :n_out]) > 0
            any_change = any_change or changed
            t.n_updates += changed
            if trigger.statistic == ALWAYS:
                _write_directly(
                    k, active[k], inputs[k], n_active[k], delta[k], eta, leasts[k], scope, layers, tally, books
                )
                continue
            first_neuron = layers.first_neuron[k]
            sizes, peaks = (
                layers.size[first_neuron : first_neuron + n_out],
                layers.peak[first_neuron : first_neuron + n_out],
            )
            if competes:
                _change_largest(
                    _rows(layers.s, k, layers), active[k], inputs[k], n_active[k], delta[k], eta, layers.decay[k],
                    leasts[k], sizes, largest[k], kept_l1[k], n_kept[k],
                )  # fmt: skip
            else:
                for j in range(n_out):
                    step[j] = eta * delta[k, j] / layers.decay[k]
                _change(_rows(layers.s, k, layers), active[k], inputs[k], n_active[k], step, sizes, largest[k])
            t.largest_weight = _reach(
                layers.l, layers.s, layers.first[k], n_out, layers.decay[k], active[k], n_active[k], largest[k], peaks,
                t.largest_weight,
            )  # fmt: skip
            if adapts and not whole and (by_synapse or trigger.statistic == MAX):
                _look_up(k, trigger.bound, layers, largest[k])
            for j in range(n_out):  # no call: one hands over some thirty arrays, 50 ns for each neuron
                strength[j] = (sizes[j] if trigger.statistic == SUM else np.float64(largest[k, j])) * layers.decay[k]
            if scope == NETWORK:
                unit = _over_layer(k, unit, trigger, fold, layers, strength, whole)
                continue
            tested, in_layer = changed and not never, False
            if scope == LAYER and tested:
                in_layer = _over_layer(k, 0.0, trigger, fold, layers, strength, whole) > trigger.bound
                t.n_consolidations += in_layer
            if scope == NEURON and tested and whole:
                for j in range(n_out):
                    strength[j] = _statistic(k, j, 0.0, trigger, fold, layers)
            quiet = 0.0
            n_quiet = 0
            for j in range(n_out):
                fired = in_layer
                if scope == NEURON:
                    fired = tested and strength[j] > trigger.bound
                    t.n_consolidations += fired
                elif by_synapse:
                    fired = tested and (whole or np.float64(largest[k, j]) * layers.decay[k] > trigger.bound)
                if fired:
                    _consolidate_neuron(
                        k, j, active[k], inputs[k], n_active[k], delta[k], eta, leasts[k], trigger, by_synapse, adapts,
                        fold, layers, tally, books,
                    )  # fmt: skip
                elif competes:
                    t.transient_change_l1 += kept_l1[k, j]
                    t.n_transient_writes += n_kept[k, j]
                else:
                    quiet += abs(np.float64(delta[k, j]))  # type: ignore[assignment]
                    n_quiet += delta[k, j] != 0.0
            _keep_changes(k, quiet, n_quiet, inputs[k], n_active[k], eta, tally)
        if lazy and not wrong:
            pass
        elif scope == NETWORK and trigger.statistic != ALWAYS:
            in_network = any_change and not never and unit > trigger.bound
            tally[0].n_consolidations += in_network
            for k in range(n_layers):
                quiet, n_quiet = 0.0, 0
                for j in range(layers.n_out[k]):
                    if in_network:
                        _consolidate_neuron(
                            k, j, active[k], inputs[k], n_active[k], delta[k], eta, leasts[k], trigger, False, adapts,
                            fold, layers, tally, books,
                        )  # fmt: skip
                    elif competes:
                        tally[k].transient_change_l1 += kept_l1[k, j]
                        tally[k].n_transient_writes += n_kept[k, j]
                    else:
                        quiet += abs(np.float64(delta[k, j]))  # type: ignore[assignment]
                        n_quiet += delta[k, j] != 0.0
                _keep_changes(k, quiet, n_quiet, inputs[k], n_active[k], eta, tally)
        elif scope == NETWORK:
            tally[0].n_consolidations += any_change
        for k in range(n_layers):
            first_neuron = layers.first_neuron[k]
            total = 0.0
            for j in range(layers.n_out[k]):
                total += max(layers.size[first_neuron + j], 0.0)  # rounding may leave less than nothing
            tally[k].transient_hold_l1 += total * layers.decay[k]
            tally[k].persistent_hold_l1 += max(layers.held[k], 0.0)
            layers.decay[k] *= kept
            if layers.decay[k] < LEAST_DECAY:
                _take_over_decay(k, layers)
    return labels.size


@inlined
def _take_over_decay(k, layers):  # type: ignore[no-untyped-def]
    """Multiply s by D, so that D can be 1 again."""
    decay = layers.decay[k]
    for at in range(layers.first[k], layers.first[k] + layers.n_in[k] * layers.n_out[k]):
        layers.s[at] *= decay
    for j in range(layers.first_neuron[k], layers.first_neuron[k] + layers.n_out[k]):
        layers.size[j] *= decay
        layers.ceiling[j] *= decay
    layers.decay[k] = 1.0


def _predict(x, biases, weights, n_in, n_out, first, labels):  # type: ignore[no-untyped-def]
    widest = max(n_in.max(), n_out.max())
    a, z = np.zeros(widest, weights.dtype), np.zeros(widest, weights.dtype)
    for n in range(labels.size):
        for k in range(n_in.size):
            z[: n_out[k]] = 0.0
            for i in range(n_in[k]):
                value = 1.0 if biases and i == n_in[k] - 1 else (np.float64(x[n, i]) if k == 0 else np.float64(a[i]))
                if value != 0.0:
                    start = first[k] + i * n_out[k]
                    _add_weights(z[: n_out[k]], weights[start : start + n_out[k]], value)
            _logistic(z[: n_out[k]], a)
        labels[n] = np.argmax(a[: n_out[n_in.size - 1]])


@vectorised
def _add_weights(z, w, a):  # type: ignore[no-untyped-def]
    for j in range(z.size):
        z[j] += a * w[j]


def _signatures(kind: Any) -> tuple[Any, Any]:
    images = types.Array(kind, 2, "C", readonly=True)
    numbers = types.float64
    train_ = types.int64(
        images, _I1, *[types.boolean] * 4, _I1, numbers, numbers, numbers, types.int64, TRIGGER, FOLD, SCHEDULE, COURSE,
        LAYERS(kind), numba.typeof(np.zeros(1, TALLY)), _I1, BOOKS, numbers, numbers,
    )  # fmt: skip
    return train_, types.void(images, types.boolean, kind[::1], _I1, _I1, _I1, _I1)


_BOTH = [_signatures(kind) for kind in (types.float64, types.float32)]
train = compiled(*[both[0] for both in _BOTH])(_train)
predict = compiled(*[both[1] for both in _BOTH])(_predict)
