"""Groups among vectors, their number unknown: `group_backlog` and `group_novelties`.

A backlog is grouped by Ward linkage on its main components; how many groups there are is read off
the silhouette. What is left over later, night by night, is mostly noise with a few new groups in
it: there only bunches that are alike enough count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array

N_COMPONENTS = 96
MAX_ROWS = 5_000  # linkage holds a distance for every pair of rows
CHUNK_ROWS = 4_096
N_CUTS = 32
PLATEAU = 0.95
N_REFINEMENTS = 3


def group_backlog(vectors: NDArray[np.float32]) -> NDArray[np.intp]:
    """A group number for each of the unit vectors `(n, d)`, n >= 3; every row gets one."""
    distinct, places = drop_repeats(vectors)
    if len(distinct) < 3:
        return places
    rows = spread_rows(len(distinct), MAX_ROWS)
    sample = distinct[rows]
    groups = refine(sample, cut_by_silhouette(main_components(sample)))
    nearest, _ = find_nearest(distinct, unit(sum_groups(sample, groups)))
    return nearest[places]


def group_novelties(vectors: NDArray[np.float32], *, likeness: float) -> NDArray[np.intp]:
    """A bunch number for each of the vectors `(n, d)`, two of a bunch being `likeness` alike.

    Average linkage: the mean inner product between the parts of a bunch is at least `likeness`.
    Rows beyond the first 5,000 distinct ones get -1; they wait for another night.
    """
    distinct, places = drop_repeats(vectors)
    if len(distinct) < 2:
        return places
    rows = np.asarray(distinct[:MAX_ROWS], dtype=np.float64)
    distances = np.clip(1 - rows @ rows.T, 0, None)[np.triu_indices(len(rows), 1)]
    bunches = np.full(len(distinct), -1, dtype=np.intp)
    bunches[:MAX_ROWS] = fcluster(linkage(distances, "average"), 1 - likeness, "distance") - 1
    return bunches[places]


def drop_repeats(
    vectors: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The distinct rows, and for each row its place among them: a template counts once."""
    first: dict[bytes, int] = {}
    places = np.array([first.setdefault(row.tobytes(), len(first)) for row in vectors], np.intp)
    _, rows = np.unique(places, return_index=True)
    return vectors[rows], places


def spread_rows(n: int, most: int) -> NDArray[np.intp]:
    """At most `most` of `n` row numbers, evenly spread."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))


def main_components(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """The vectors on their 64 main directions, centred: distances with less noise in them."""
    centred = np.asarray(vectors, dtype=np.float64) - vectors.mean(axis=0, dtype=np.float64)
    if len(centred) < centred.shape[1]:
        left, scales, _ = np.linalg.svd(centred, full_matrices=False)
        return np.asarray((left * scales)[:, :N_COMPONENTS], dtype=np.float64)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ directions[:, -N_COMPONENTS:], dtype=np.float64)


def cut_by_silhouette(components: NDArray[np.float64]) -> NDArray[np.intp]:
    """Ward groups of the rows of `components`, as many as the silhouette speaks for.

    The silhouette rises to a long plateau. The number lies half-way, in ratio, between where the
    plateau starts (within 5 % of the best) and the best: the best alone splits ever finer.
    Fewer groups than a third of the root of n are never tried: a few ways of speaking can split
    everything in two more sharply than what is said.
    """
    tree = linkage(components, "ward")
    rows = unit(components).astype(np.float32)
    fewest = max(2.0, np.sqrt(len(rows)) / 3)
    numbers = np.unique(
        np.geomspace(fewest, max(fewest + 1, len(rows) / 3), N_CUTS).round().astype(int)
    )
    scores = np.array([silhouette(rows, cut_tree(tree, int(number))) for number in numbers])
    start = numbers[int(np.argmax(scores >= PLATEAU * scores.max()))]
    return cut_tree(tree, round(float(np.sqrt(start * numbers[int(np.argmax(scores))]))))


def cut_tree(tree: NDArray[np.float64], n_groups: int) -> NDArray[np.intp]:
    """Group numbers from 0 for at most `n_groups` groups."""
    return np.asarray(fcluster(tree, n_groups, "maxclust") - 1, dtype=np.intp)


def sum_groups(vectors: NDArray[np.float32], groups: NDArray[np.intp]) -> NDArray[np.float64]:
    """The sum of each group's vectors, shape `(n_groups, d)`."""
    n = len(vectors)
    member = csr_array((np.ones(n), (groups, np.arange(n))), shape=(int(groups.max()) + 1, n))
    return np.asarray(member @ vectors, dtype=np.float64)


def own_similarity(vectors: NDArray[np.float32], groups: NDArray[np.intp]) -> NDArray[np.float64]:
    """Each vector's cosine to the mean of the others in its group; 0 where it is alone."""
    own = sum_groups(vectors, groups)[groups] - vectors
    cosine = np.einsum("ij,ij->i", vectors, unit(own))
    return np.asarray(np.where(np.bincount(groups)[groups] > 1, cosine, 0.0))


def silhouette(vectors: NDArray[np.float32], groups: NDArray[np.intp]) -> float:
    """Mean silhouette by cosine distance to group means (Rousseeuw 1987, simplified).

    A row's own group is judged without the row itself; a row that is alone counts 0.
    """
    similarity = vectors @ unit(sum_groups(vectors, groups)).astype(np.float32).T
    similarity[np.arange(len(vectors)), groups] = -1
    near = 1 - similarity.max(axis=1)
    own = 1 - own_similarity(vectors, groups)
    widths = (near - own) / np.maximum(np.maximum(near, own), 1e-9)
    return float(np.where(np.bincount(groups)[groups] > 1, widths, 0.0).mean())


def refine(vectors: NDArray[np.float32], groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Groups after each row has moved to its nearest group mean, a few times."""
    for _ in range(N_REFINEMENTS):
        nearest, _ = find_nearest(vectors, unit(sum_groups(vectors, groups)))
        groups = np.unique(nearest, return_inverse=True)[1].astype(np.intp)
    return groups


def find_nearest(
    vectors: NDArray[np.float32], means: NDArray[np.floating]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """For each row the number of the nearest mean and the cosine to it; the first wins a draw."""
    nearest = np.empty(len(vectors), dtype=np.intp)
    cosines = np.empty(len(vectors), dtype=np.float32)
    columns = means.astype(np.float32).T
    for start in range(0, len(vectors), CHUNK_ROWS):
        part = slice(start, start + CHUNK_ROWS)
        similarity = vectors[part] @ columns
        nearest[part] = similarity.argmax(axis=1)
        cosines[part] = similarity.max(axis=1)
    return nearest, cosines


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float64)
