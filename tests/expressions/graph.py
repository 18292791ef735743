"""Ways through places that are given by what follows each."""

from collections.abc import Callable, Iterable, Iterator

# One place, or several that are on their ways at once.
Places = tuple[int, ...]
On = Callable[[Places], Iterable[Places]]


def path(starts: Iterable[Places], is_end: Callable[[Places], bool], on: On) -> list[Places]:
    """Return a shortest way from one of the starts to an end, both included; an empty one where there is none."""
    came_from: dict[Places, Places | None] = dict.fromkeys(starts)
    waiting = list(came_from)
    for here in waiting:
        if is_end(here):
            return _back(here, came_from)
        new = [there for there in dict.fromkeys(on(here)) if there not in came_from]
        came_from.update(dict.fromkeys(new, here))
        waiting += new
    return []


def _back(end: Places, came_from: dict[Places, Places | None]) -> list[Places]:
    way = [end]
    while before := came_from[way[-1]]:
        way.append(before)
    return way[::-1]


def reached(starts: Iterable[Places], on: On) -> list[Places]:
    """Return the starts and all that can be reached from them."""
    found = dict.fromkeys(starts)
    waiting = list(found)
    for here in waiting:
        new = [there for there in dict.fromkeys(on(here)) if there not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return waiting


def strongly_connected(starts: Iterable[Places], on: On) -> Iterator[set[Places]]:
    """Yield the sets of places that lead to each other, by Kosaraju's way: on from the starts, then back."""
    after = {here: list(on(here)) for here in reached(starts, on)}
    before: dict[Places, list[Places]] = {here: [] for here in after}
    for here, following in after.items():
        for there in following:
            before[there].append(here)
    taken: set[Places] = set()

    def back(place: Places) -> Iterable[Places]:
        return (one for one in before[place] if one not in taken)

    for here in reversed(_left(after)):
        if here not in taken:
            part = set(reached([here], back))
            taken.update(part)
            yield part


def _left(after: dict[Places, list[Places]]) -> list[Places]:
    """Return the places in the order in which all that follows them has been seen."""
    left: list[Places] = []
    seen: set[Places] = set()
    for start in after:
        waiting = [(start, iter(after[start]))] if start not in seen else []
        seen.add(start)
        while waiting:
            here, following = waiting[-1]
            there = next((place for place in following if place not in seen), None)
            if there is None:
                left.append(here)
                waiting.pop()
            else:
                seen.add(there)
                waiting.append((there, iter(after[there])))
    return left
