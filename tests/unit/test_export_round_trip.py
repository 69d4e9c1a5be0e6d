"""Ten thousand random tables, or as few as a profile asks for, read back by four readers of CSV."""

import csv
import io
import json
import math
import random
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from hypothesis import settings

from data.export import csv_text
from tests.support.places import ROOT
from tests.support.questions import asked, rows

NPM = ROOT / "tests/support/npm/csv"
#: Cells of files that readers of CSV stumble over, as they have to be read.
SPECTRUM = NPM / "node_modules/csv-spectrum/json"
NODE = [
    pytest.mark.optional("node"),
    pytest.mark.skipif(
        not (NPM / "node_modules").is_dir(),
        reason="no csv-parse: `npm ci` in tests/support/npm/csv has it",
    ),
]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Tables of one set of names, and so many sets: fewer where the profile asks for few examples.
TABLES, SETS = 100, settings.default.max_examples
SIGNS = " ,;\t\"'\r\n=+-@aZ0가힣🔥é|\\#"
SEPARATORS = (",", ";", "\t")


def word(chance):
    """Return a name of signs that readers of CSV stumble over."""
    return "".join(chance.choices(SIGNS, k=chance.randint(1, 8)))


def value(chance):
    """Return a number of any size, or none."""
    some = (chance.gauss(100, 10), round(chance.gauss(0, 9), 2), chance.uniform(-1e300, 1e300))
    return chance.choice([*some, 0.0, -0.0, 5e-324, 1e22, math.nan, math.inf, None])


def table(chance, names, separator):
    """Return the text of a random file, and its rows of what the cells have to say."""
    count = chance.randint(0, 6)
    tags = [chance.choice(names) for _ in range(count)]
    at = [chance.randrange(7_258_118_400) * 1_000_000 + chance.choice([0, 1]) for _ in tags]
    numbers = [value(chance) for _ in tags]
    qc = [chance.randint(0, 2) for _ in tags]
    question = asked(*names, separator=separator)
    lines = csv_text.lines(rows(question, tags, at, numbers, qc), question)
    times = [(EPOCH + timedelta(microseconds=each)).isoformat() for each in at]
    header = chance.sample(names, 4)
    text = (csv_text.head(question, header) + lines).decode()
    return text, header, list(zip(tags, times, numbers, map(str, qc), strict=True))


def tables(seed, words=word):
    """Return a separator, and random files with what is in them."""
    chance = random.Random(seed)
    separator = SEPARATORS[seed % len(SEPARATORS)]
    names = list({words(chance): None for _ in range(12)})
    return separator, [table(chance, names, separator) for _ in range(TABLES)]


def same(cells, header, expected):
    """Whether cells that were read say what went out: texts by the sign, numbers by the bit."""
    (first, *others) = cells
    numbers = [float(line[2]) if line[2] else None for line in others]
    sent = [n if n is not None and math.isfinite(n) else None for _, _, n, _ in expected]
    texts = [(tag, time, qc) for tag, time, _, qc in expected]
    return (
        first == header
        and [(line[0], line[1], line[3]) for line in others] == texts
        and list(map(repr, numbers)) == list(map(repr, sent))
    )


def by_python(texts, separator):
    """Yield the rows of cells of each file as Python reads them."""
    for text in texts:
        yield list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))


def by_arrow(texts, separator):
    """Yield the rows of cells of each file as arrow reads them."""
    convert = pacsv.ConvertOptions(
        column_types={f"f{place}": pa.string() for place in range(4)}, strings_can_be_null=False
    )
    for text in texts:
        found = pacsv.read_csv(
            pa.BufferReader(text.encode()),
            pacsv.ReadOptions(autogenerate_column_names=True, use_threads=False),
            pacsv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert,
        )
        columns = [column.to_pylist() for column in found.columns]
        yield [list(row) for row in zip(*columns, strict=True)]


def by_duckdb(texts, separator):
    """Yield the rows of cells of each file as DuckDB reads them, all at once."""
    with tempfile.TemporaryDirectory() as name:
        for place, text in enumerate(texts):
            Path(name, f"{place:03}.csv").write_bytes(text.encode())
        # A single thread keeps the rows in their order.
        with duckdb.connect(config={"threads": 1}) as connection:
            lines = connection.execute(
                """SELECT filename, coalesce(a, ''), coalesce(b, ''), coalesce(c, ''),
                    coalesce(d, '') FROM read_csv(?, delim = ?, quote = '"', escape = '"',
                    header = false, auto_detect = false, filename = true, new_line = '\\r\\n',
                    columns = {'a': 'VARCHAR', 'b': 'VARCHAR', 'c': 'VARCHAR', 'd': 'VARCHAR'})""",
                [f"{name}/*.csv", separator],
            ).fetchall()
    found = [[] for _ in texts]
    for file, *cells in lines:
        found[int(Path(file).stem)].append(cells)
    return found


def by_node(texts, separator):
    """Return the rows of cells of each file as csv-parse of Node reads them."""
    lines = [json.dumps({"text": text, "delimiter": separator}) for text in texts]
    done = subprocess.run(
        ["node", "parse.mjs"], cwd=NPM, input="\n".join(lines).encode(), capture_output=True
    )
    assert not done.returncode, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


READERS = (
    *(by_python, by_arrow, by_duckdb),
    pytest.param(by_node, marks=NODE),
)


def check(reader, made):
    """Assert that a reader finds in files what went out."""
    for separator in SEPARATORS:
        files = [each for sign, some in made if sign == separator for each in some]
        found = reader([text for text, _, _ in files], separator)
        for (text, header, expected), cells in zip(files, found, strict=True):
            assert same(cells, header, expected), text


@pytest.fixture(scope="module")
def random_tables():
    """Files, with what is in them."""
    return [tables(seed) for seed in range(SETS)]


@pytest.mark.parametrize("reader", READERS)
def test_random_tables_are_read_back_as_they_went_out(reader, random_tables):
    check(reader, random_tables)


@pytest.mark.skipif(not SPECTRUM.is_dir(), reason="no csv-spectrum: see NODE")
@pytest.mark.parametrize("reader", READERS)
def test_cells_that_csv_spectrum_has_for_readers_to_stumble_over_are_good_names(reader):
    whole = [json.loads(path.read_text(encoding="utf8")) for path in SPECTRUM.glob("*.json")]
    lines = [line for each in whole for line in (each if isinstance(each, list) else [each])]
    words = sorted({text for line in lines for cells in line.items() for text in cells})
    assert len(words) > 20
    check(reader, [tables(seed, lambda chance: chance.choice(words)) for seed in range(6)])
