"""Relationships from paths in plain dicts and loops, from docs/methods.md alone."""

from collections import Counter, defaultdict
from itertools import combinations


class Oracle:
    """One run: ``clique``, and ``links`` as {(left, right): -1 or 0}."""

    def __init__(self, paths):
        paths = sorted(set(map(tuple, paths)))
        self.clique = set()
        self._count(paths)
        self.clique = self._find_clique()
        self._count([path for path in paths if not self._is_poisoned(path)])
        self.providers, self.peers = defaultdict(set), set()
        self.peers |= {frozenset(pair) for pair in combinations(self.clique, 2)}
        for a, b in combinations(self.clique, 2):
            self.neighbours[a].add(b)
            self.neighbours[b].add(a)
        for step in (
            self._top_down,
            self._partial,
            self._larger_customers,
            self._without_providers,
            self._stubs_of_clique,
            self._two_peerings,
        ):
            step()

    @property
    def links(self):
        """What was found; what no step decided is a peering."""
        links = {(p, c): -1 for c, above in self.providers.items() for p in above}
        for a in self.neighbours:
            for b in self.neighbours[a]:
                if a < b and (a, b) not in links and (b, a) not in links:
                    links[a, b] = 0
        return links

    def _count(self, paths):
        self.paths = paths
        self.neighbours, transit = defaultdict(set), defaultdict(set)
        self.seen, self.ends, self.followers = Counter(), Counter(), defaultdict(set)
        for path in paths:
            for i in range(len(path) - 1):
                self.neighbours[path[i]].add(path[i + 1])
                self.neighbours[path[i + 1]].add(path[i])
            for i in range(1, len(path) - 1):
                transit[path[i]] |= {path[i - 1], path[i + 1]}
                triplet = path[i - 1 : i + 2]
                self.seen[triplet] += 1
                if i + 2 < len(path):
                    self.followers[triplet].add(path[i + 2])
                else:
                    self.ends[triplet] += 1
        self.asns = {asn for path in paths for asn in path} | self.clique
        self.transit = {asn: len(transit[asn]) for asn in self.asns}
        self.rank = sorted(
            self.asns,
            key=lambda a: (a not in self.clique, -self.transit[a], -len(self.neighbours[a]), a),
        )

    def _both(self, x, y, z):
        return self.seen[x, y, z] + self.seen[z, y, x]

    # The clique.

    def _shows(self, z, y, x):
        n = len(self.followers[z, y, x])
        return n > 5 or (n > 2 and self.ends[z, y, x] > 0)

    def _heaviest(self, among):
        def joined(x, y):
            third = among - {x, y}
            return x in self.neighbours[y] and not any(
                self._shows(z, y, x) or self._shows(z, x, y) for z in third
            )

        best = (0, [])
        for n in range(1, len(among) + 1):
            for some in combinations(sorted(among), n):
                if all(joined(x, y) for x, y in combinations(some, 2)):
                    best = min(best, (-sum(self.transit[a] for a in some), list(some)))
        return set(best[1])

    def _find_clique(self):
        ranked = [asn for asn in self.rank if self.transit[asn]]
        clique = self._heaviest(set(ranked[:10]))
        for x in ranked[10:]:
            if len(self.neighbours[x]) < len(clique):
                break
            if clique <= self.neighbours[x] and not any(
                self._shows(z, y, x) for y in clique for z in clique - {y}
            ):
                clique.add(x)
        return self._heaviest(clique)

    def _is_poisoned(self, path):
        at = [i for i, asn in enumerate(path) if asn in self.clique]
        return bool(at) and at[-1] - at[0] + 1 > len(at)

    # The steps.

    def _is_open(self, a, b):
        known = a in self.providers[b] or b in self.providers[a]
        return not known and frozenset((a, b)) not in self.peers

    def _above(self, asn):
        found, todo = set(), [asn]
        while todo:
            new = self.providers[todo.pop()] - found
            found |= new
            todo += new
        return found

    def _put(self, provider, customer):
        fits = customer not in self.clique and customer not in self._above(provider)
        if fits and self._is_open(provider, customer):
            self.providers[customer].add(provider)
            return True
        return False

    def _put_behind(self, x, z, *, equal):
        """Give who is larger; everyone smaller behind x, z becomes a customer of z."""
        for w in sorted(self.neighbours[z], key=self.rank.index):
            if self.seen[x, z, w] and self._is_open(z, w):
                if self.transit[w] < self.transit[z] + equal:
                    self._put(z, w)
                else:
                    yield w

    def _top_down(self):
        for x in self.rank:
            for y in self.rank[: self.rank.index(x)]:
                if x in self.clique or not self._is_open(x, y):
                    continue
                if any(self.seen[z, y, x] for z in self.providers[y]):
                    self.providers[x].add(y)
                for z in self.clique - {y} if y in self.clique else ():
                    if self.seen[z, y, x] or self._both(z, y, x) >= 3:
                        self.providers[x].add(y)

    def _partial(self):
        origins = defaultdict(set)
        for path in self.paths:
            origins[path[0]].add(path[-1])
        for path in self.paths:
            if len(path) == 3 and 50 * len(origins[path[0]]) <= len(self.asns):
                _, y, z = path
                if not self.transit[z] and z not in self.clique and self._is_open(y, z):
                    self.providers[z].add(y)

    def _larger_customers(self):
        queue = {
            (x, y, z)
            for x, y, z in list(self.seen)
            if x in self.providers[y]
            and self._is_open(y, z)
            and self.ends[x, y, z]
            and self.transit[z] >= self.transit[y]
        }
        # Ties by rank: that of the left AS, of the middle, of the right one.
        place = {asn: i for i, asn in enumerate(self.rank)}
        while queue:
            first = min(queue, key=lambda t: (-self._both(*t), self._tie(t, place)))
            queue.remove(first)
            _, y, z = first
            if self._both(*first) >= 3 and self._put(y, z):
                queue |= {(y, z, w) for w in self._put_behind(y, z, equal=True)}

    def _tie(self, triplet, place):
        """Give the order of triplets of equally many paths: by first link, then by second."""
        x, y, z = (place[asn] for asn in triplet)
        return (min(x, y), max(x, y), x > y, min(y, z), max(y, z), y > z)

    def _without_providers(self):
        for x in self.rank:
            if x in self.clique or self.transit[x] < 10 or self.providers[x]:
                continue
            around = {(a, b) for a, m, b in list(self.seen) if m == x and self.seen[a, m, b]}
            around |= {(b, a) for a, b in around}
            for y in sorted({a for a, _ in around}, key=self.rank.index):
                if not self._is_open(x, y) and frozenset((x, y)) not in self.peers:
                    continue
                self.peers.add(frozenset((x, y)))
                for z in sorted((b for a, b in around if a == y), key=self.rank.index):
                    if self._put(x, z):
                        list(self._put_behind(x, z, equal=False))

    def _stubs_of_clique(self):
        for x in self.clique:
            for y in self.neighbours[x] - self.clique:
                if not self.transit[y] and self._is_open(x, y):
                    self.providers[y].add(x)

    def _two_peerings(self):
        for x in self.rank:
            triplets = [(a, b) for a, m, b in list(self.seen) if m == x and self.seen[a, m, b]]
            sides = {*triplets, *((b, a) for a, b in triplets)}
            tells = {
                (y, z)
                for y, z in triplets
                if self._is_open(x, z)
                and (self._is_open(x, y) or frozenset((x, y)) in self.peers)
                and not any((y, p) in sides for p in self.providers[x])
            }
            left, right = {y for y, _ in tells}, {z for _, z in tells}
            of = defaultdict(set)
            for y, z in tells:
                if y not in right and z not in left:
                    of[z].add(y)
            for z in sorted(of, key=lambda z: (-len(of[z]), self.rank.index(z))):
                if self.transit[z] <= self.transit[x] and self._put(x, z):
                    list(self._put_behind(x, z, equal=True))
