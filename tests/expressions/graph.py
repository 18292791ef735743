"""Ways through nodes that are given by what follows each."""

from collections.abc import Callable, Iterable, Iterator

# One node, or several that are on their ways at once.
Nodes = tuple[int, ...]
On = Callable[[Nodes], Iterable[Nodes]]


def path(starts: Iterable[Nodes], is_end: Callable[[Nodes], bool], on: On) -> list[Nodes]:
    """Return a shortest way from one of the starts to an end, both included; an empty one where there is none."""
    came_from: dict[Nodes, Nodes | None] = dict.fromkeys(starts)
    waiting = list(came_from)
    for here in waiting:
        if is_end(here):
            return _back(here, came_from)
        new = [there for there in dict.fromkeys(on(here)) if there not in came_from]
        came_from.update(dict.fromkeys(new, here))
        waiting += new
    return []


def _back(end: Nodes, came_from: dict[Nodes, Nodes | None]) -> list[Nodes]:
    way = [end]
    while before := came_from[way[-1]]:
        way.append(before)
    return way[::-1]


def reached(starts: Iterable[Nodes], on: On) -> list[Nodes]:
    """Return the starts and all that can be reached from them."""
    found = dict.fromkeys(starts)
    waiting = list(found)
    for here in waiting:
        new = [there for there in dict.fromkeys(on(here)) if there not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return waiting


def strongly_connected(starts: Iterable[Nodes], on: On) -> Iterator[set[Nodes]]:
    """Yield the sets of nodes that lead to each other, by Kosaraju's way: on from the starts, then back."""
    after = {here: list(on(here)) for here in reached(starts, on)}
    before: dict[Nodes, list[Nodes]] = {here: [] for here in after}
    for here, following in after.items():
        for there in following:
            before[there].append(here)
    taken: set[Nodes] = set()

    def back(node: Nodes) -> Iterable[Nodes]:
        return (one for one in before[node] if one not in taken)

    for here in reversed(_left(after)):
        if here not in taken:
            part = set(reached([here], back))
            taken.update(part)
            yield part


def _left(after: dict[Nodes, list[Nodes]]) -> list[Nodes]:
    """Return the nodes in the order in which all that follows them has been seen."""
    left: list[Nodes] = []
    seen: set[Nodes] = set()
    for start in after:
        waiting = [(start, iter(after[start]))] if start not in seen else []
        seen.add(start)
        while waiting:
            here, following = waiting[-1]
            there = next((node for node in following if node not in seen), None)
            if there is None:
                left.append(here)
                waiting.pop()
            else:
                seen.add(there)
                waiting.append((there, iter(after[there])))
    return left
