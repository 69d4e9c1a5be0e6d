"""A file of readings is understood or refused: quality, names, encoding, numbers, row numbers."""

import gzip
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import KsysError
from data.files import cells, load, tags
from data.files import readings as sources
from data.files.load import BadFile, Choices
from tests.support.sentences import WAY_OUT

GOOD, UNCERTAIN, BAD = 0, 1, 2


def written(directory: Path, content: str | bytes, name: str = "readings.csv") -> Path:
    path = directory / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def stamped(rows, start=0):
    """Rows of cells behind times that count the seconds, as text of a file."""
    return "".join(
        f"2025-01-31T08:{n // 60:02}:{n % 60:02}Z,{row}\n" for n, row in enumerate(rows, start)
    )


def both(path, **choices):
    """What the fast reader and the one that looks at each line say; they must agree."""

    def unclear(*_args, **_kwargs):
        raise sources.Unclear

    said = []
    for patch in (False, True):
        with pytest.MonkeyPatch.context() as patched:
            if patch:
                patched.setattr(sources, "fast_csv", unclear)
            try:
                said.append(load.read(path, "UTC", choices=Choices(**choices)))
            except KsysError as error:
                said.append(error)
    fast, slow = said
    if isinstance(fast, KsysError):
        assert str(fast) == str(slow)
        raise fast
    assert (fast.readings.names, fast.notes) == (slow.readings.names, slow.notes)
    for column in ("times", "codes", "values", "qc"):
        np.testing.assert_array_equal(
            getattr(fast.readings, column), getattr(slow.readings, column), column
        )
    return fast


def judged(directory, head, values, **choices):
    """The codes that a long file with such a quality column gets."""
    text = f"ts,tag_name,value,{head}\n" + stamped(f"D1,1,{value}" for value in values)
    return both(written(directory, text), **choices).readings.qc.tolist()


def refused(path, **choices):
    """The sentence with which a file is refused, which must name a way out."""
    with pytest.raises(BadFile) as caught:
        both(path, **choices)
    said = str(caught.value)
    assert WAY_OUT.search(said), said
    assert "\n" not in said
    return said


# ---- quality

UNDERSTOOD = {
    "words": ("quality", ["Good", "bad", " UNCERTAIN ", ""], [0, 2, 1, 0]),
    "Korean words": ("품질", ["양호", "불량", "의심"], [0, 2, 1]),
    "words of UA": ("quality", ["Good", "Bad_NoData", "UncertainLastUsableValue"], [0, 2, 1]),
    "words with a reason": ("Quality", ["Good [Non-Specific]", "Bad - Sensor Failure"], [0, 2]),
    "letters": ("q", ["G", "U", "B"], [0, 1, 2]),
    "DA": ("quality", [192, 216, 219, 64, 127, 0, 24, 63], [0, 0, 0, 1, 1, 2, 2, 2]),
    "DA by pandas": ("quality", ["192.0", "", "0.0"], [0, 0, 2]),
    "DA in a column qc": ("qc", [192, 0, 192], [0, 2, 0]),
    "DA without good": ("quality", [64, 0], [1, 2]),
    "DA alone": ("quality", [192, 192], [0, 0]),
    "DA in a status": ("status", [192, 24], [0, 2]),
    "UA": ("quality", [0, 0x40000000, 0x80340000, 0x00960000], [0, 1, 2, 0]),
    "UA in hex": ("StatusCode", ["0x00000000", "0x80340000", "0x40900000"], [0, 2, 1]),
    "UA with a sign": ("quality", [0, -2147483648, 1073741824], [0, 2, 1]),
    "UA, reserved severity": ("quality", ["0xC0000000", "0x80000000"], [2, 2]),
    "flag": ("quality", [0, 1, 0], [0, 2, 0]),
    "flag in qc": ("qc", [0, 0], [0, 0]),
    "all flagged in qc": ("qc", [1, 1], [2, 2]),
    "as Ksys stores it": ("qc", [0, 1, 2], [0, 1, 2]),
    "validity": ("valid", [1, 0, 1], [0, 2, 0]),
    "validity in words": ("Validity", ["true", "FALSE", ""], [0, 2, 0]),
    "questionable": ("Questionable", ["False", "True"], [0, 1]),
    "invalid": ("is_invalid", [0, 1], [0, 2]),
    "a name nobody knows": ("Güte", ["Good", "Bad"], [0, 2]),
    "codes below a name nobody knows": ("OPC", [192, 0, 64], [0, 2, 1]),
    "a longer name": ("OPC Quality (raw)", [192, 8], [0, 2]),
    "nothing said": ("quality", ["", ""], [0, 0]),
}  # fmt: skip


@pytest.mark.parametrize("case", UNDERSTOOD)
def test_a_quality_column_is_recognised_by_its_values(case, tmp_path):
    head, values, codes = UNDERSTOOD[case]
    assert judged(tmp_path, head, values) == codes


NOT_UNDERSTOOD = {
    "0 alone: good as a flag, bad in OPC DA": ("quality", [0, 0]),
    "1 alone": ("quality", [1, 1]),
    "mostly 1: perhaps 1 is good": ("quality", [1] * 9 + [0]),
    "bad codes of DA alone": ("qc", [0, 8]),
    "per cent": ("quality", [100, 98, 0]),
    "letters of a code nobody knows": ("quality", ["A", "B"]),
    "words of a machine": ("status", ["RUN", "STOP"]),
    "a running signal": ("status", [0, 1]),
    "words and codes": ("quality", ["Good", 192]),
    "words and a flag": ("qc", [0, "bad"]),
    "beyond DA": ("quality", [192, 220]),
    "reserved in DA": ("quality", [192, 128]),
    "a true that could be either": ("quality", ["true", "false"]),
    "other numbers": ("validity", [3, 4]),
    "no whole number": ("qc", ["0.5", "0"]),
    "unknown": ("quality", ["GOOD", "UNKNOWN"]),
}


@pytest.mark.parametrize("case", NOT_UNDERSTOOD)
def test_a_quality_column_that_could_mean_two_things_is_refused_with_the_choice(case, tmp_path):
    head, values = NOT_UNDERSTOOD[case]
    text = f"ts,tag_name,value,{head}\n" + stamped(f"D1,1,{value}" for value in values)
    said = refused(written(tmp_path, text))
    assert head in said
    assert "choose --quality da, ua, flag or words" in said
    assert f"--ignore {head!r}" in said


def test_the_line_is_named_where_the_values_part(tmp_path):
    text = "ts,tag_name,value,quality\n" + stamped(["D1,1,Good", "D1,1,Bad", "D1,1,17", "D1,1,x"])
    said = refused(written(tmp_path, text))
    assert said.startswith("readings.csv, line 4: quality is '17' beside 'Good', 'Bad'")


@pytest.mark.parametrize(
    ("choice", "values", "codes"),
    [
        ("da", [0, 0, 192], [2, 2, 0]),
        ("da", [0, 1], [2, 2]),
        ("flag", [0, 0], [0, 0]),
        ("flag", [1, 8], [2, 2]),
        ("ua", [0, 0], [0, 0]),
        ("ua", [0, 1024], [0, 0]),
        ("ksys", [1, 1], [1, 1]),
        ("words", ["Good", "Bad"], [0, 2]),
    ],
)
def test_what_the_user_chooses_is_what_codes_mean(choice, values, codes, tmp_path):
    assert judged(tmp_path, "quality", values, quality=choice) == codes


def test_a_code_outside_the_choice_is_named_or_left_out(tmp_path):
    text = "ts,tag_name,value,quality\n" + stamped(["D1,1,192", "D1,2,abc", "D1,3,0"])
    path = written(tmp_path, text)
    said = refused(path, quality="da")
    assert said.startswith("readings.csv, line 3: quality is 'abc', which is not of OPC DA")
    kept = load.read(path, "UTC", True, Choices(quality="da"))
    assert kept.readings.qc.tolist() == [GOOD, BAD]
    assert [(reject.line, kept.rejected) for reject in kept.rejects] == [(3, 1)]


@pytest.mark.parametrize(
    ("head", "values"),
    [
        ("channel", [65, 64]),
        ("node", [10, 200]),
        ("epoch", [1738310400, 1738310401]),
        ("n", [0, 0]),
    ],
)
def test_numbers_that_could_be_something_else_are_no_quality_without_a_name(head, values, tmp_path):
    assert judged(tmp_path, head, values) == [0, 0]


def test_a_choice_without_a_column_is_refused(tmp_path):
    path = written(tmp_path, "ts,tag_name,value\n" + stamped(["D1,1"]))
    assert "no quality column for --quality da" in refused(path, quality="da")


def test_a_status_that_is_not_understood_can_be_left_out(tmp_path):
    path = written(tmp_path, "ts,tag_name,value,Status\n" + stamped(["D1,1,RUN", "D1,2,STOP"]))
    assert "Status is 'RUN'" in refused(path)
    assert both(path, ignore=("Status",)).readings.qc.tolist() == [0, 0]
    assert "no column 'state' to --ignore" in refused(path, ignore=("state",))


def test_of_two_columns_of_quality_the_worse_counts(tmp_path):
    text = "ts,tag_name,value,quality,valid\n" + stamped(
        ["D1,1,Good,0", "D1,1,Bad,1", "D1,1,Good,1"]
    )
    assert both(written(tmp_path, text)).readings.qc.tolist() == [BAD, BAD, GOOD]


def test_how_a_column_was_read_and_what_it_does_not_say_is_told(tmp_path):
    text = "ts,tag_name,value,quality,note\n" + stamped(["D1,1,192,x", "D1,1,,y"])
    notes = both(written(tmp_path, text)).notes
    assert "quality from the column 'quality', read as OPC DA" in notes
    assert "quality is empty in 1 rows, which count as good" in notes
    assert "columns not loaded: 'note'" in notes


WIDE = {
    "behind its tag": ("A,A_quality,B", ["1,192,2", "1,0,2"], [[0, 0], [2, 0]]),
    "before its tag": ("Quality A,A,B", ["Good,1,2", "Bad,1,2"], [[0, 0], [2, 0]]),
    "of each": ("A,A.Q,B,B.Q", ["1,Good,2,Bad", "1,Bad,2,Good"], [[0, 2], [2, 0]]),
    "behind a name with value": ("A.Value,A.Quality", ["1,192", "1,64"], [[0], [1]]),
    "of the whole row": ("A,B,quality", ["1,2,Good", "1,2,Bad"], [[0, 0], [2, 2]]),
    "valid": ("A,A valid,B", ["1,1,2", "1,0,2"], [[0, 0], [2, 0]]),
    "Korean": ("온도,온도_품질,압력", ["1,양호,2", "1,불량,2"], [[0, 0], [2, 0]]),
}


@pytest.mark.parametrize("case", WIDE)
def test_in_a_wide_file_a_quality_belongs_to_its_tag_or_to_the_row(case, tmp_path):
    head, rows, codes = WIDE[case]
    table = both(written(tmp_path, f"ts,{head}\n" + stamped(rows)))
    assert table.readings.qc.reshape(len(rows), -1).tolist() == codes
    assert len(table.tags) == len(codes[0])


@pytest.mark.parametrize(
    ("head", "rows", "said"),
    [
        ("A,A_status,B", ["1,0,2", "1,1,2"], "'A_status' holds only '0', '1'"),
        ("A,status", ["1,0", "1,1"], "'status' holds only '0', '1'"),
        ("A,quality,B,quality.1", ["1,192,2,192"], "'quality' and 'quality.1'"),
        ("A,Güte", ["1,Good", "1,Bad"], "'Güte' holds 'Good', 'Bad'"),
        ("A,X.Quality", ["1,192", "1,0"], "'X.Quality' holds '192', '0'"),
    ],
)
def test_a_quality_of_no_tag_that_is_named_becomes_none(head, rows, said, tmp_path):
    assert said in refused(written(tmp_path, f"ts,{head}\n" + stamped(rows)))


def test_quality_in_parquet_is_understood_whatever_its_type(tmp_path):
    times = pa.array([1_738_310_400_000_000, 1_738_310_405_000_000], pa.timestamp("us", "UTC"))
    for head, values, codes in (
        ("quality", pa.array([192, 64], pa.int64()), [0, 1]),
        ("quality", pa.array([0x80340000, 0], pa.uint32()), [2, 0]),
        ("quality", pa.array(["Good", None]), [0, 0]),
        ("quality", pa.array([192.0, None]), [0, 0]),
        ("valid", pa.array([True, False]), [0, 2]),
        ("OPC", pa.array([192, 0]), [0, 2]),
    ):
        path = tmp_path / "readings.parquet"
        columns = {"ts": times, "tag": ["a", "b"], "value": [1.0, 2.0], head: values}
        pq.write_table(pa.table(columns), path)
        assert load.read(path, "UTC").readings.qc.tolist() == codes, head
    pq.write_table(pa.table(columns | {"status": pa.array([0, 1])}), path)
    with pytest.raises(BadFile, match="'status' holds only '0', '1'"):
        load.read(path, "UTC")


# ---- names

EDGES = (" ", "\t", "\xa0", "\u3000", "\u200b", "\ufeff", "\u2009", "\u3164", "\u200e")


@pytest.mark.parametrize("edge", EDGES, ids=ascii)
def test_a_tag_name_is_taken_without_what_stands_unseen_around_it(edge, tmp_path):
    path = written(
        tmp_path, "ts;tag_name;value\n" + stamped([f"{edge}D1{edge};1", "D1;2"]).replace("Z,", "Z;")
    )
    table = both(path)
    assert table.readings.names == ("D1",)
    assert table.readings.codes.tolist() == [0, 0]
    assert any("loaded without the blanks or marks around them" in note for note in table.notes)


def test_a_tag_of_blanks_alone_has_no_name(tmp_path):
    path = written(tmp_path, "ts,tag_name,value\n" + stamped(["D1,1", "\u3000\xa0,1"]))
    assert "line 3: the tag name is empty" in refused(path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TIC 101", "TIC101"),
        ("TIC  101", "TIC 101"),
        ("TIC\xa0101", "TIC 101"),
        ("ＴＩＣ１０１", "TIC101"),
        ("TIC\u200b101", "TIC101"),
        ("온도\u30001", "온도 1"),
        ("ｱﾗｰﾑ", "アラーム"),
        ("온도", unicodedata.normalize("NFD", "온도")),
    ],
)
def test_names_that_differ_only_in_blanks_or_width_are_told(one, other):
    assert len(cells.alike([one, other])) == 1
    assert len(cells.alike([one], [other, "Z"])) == 1
    assert cells.alike(["Z"], [one, other]) == []


def test_names_that_differ_in_letters_are_not_told():
    assert cells.alike(["TIC101", "TIC102", "tic101", "온도", "압력"]) == []


# ---- encoding


@pytest.mark.parametrize(
    ("text", "encoding", "names"),
    [
        ("ts,tag_name,value\n{},온도 1,1\n", "cp949", "온도 1"),
        ("일시,태그,값\n{},D100,1\n", "cp949", "D100"),
        ("ts,압력 탱크\n{},1\n", "cp949", "압력 탱크"),
        ("ts,tag_name,value\n{},Kühler,1\n", "cp1252", "Kühler"),
        ("ts,Menge m³/h\n{},1\n", "cp1252", "Menge m³/h"),
        ("ts,온도\n{},1\n", "utf-16", "온도"),
    ],
)
def test_a_file_that_is_not_utf8_says_which_encoding_it_took(text, encoding, names, tmp_path):
    path = written(tmp_path, text.format("2025-01-31T08:00:00Z").encode(encoding))
    table = both(path)
    assert table.readings.names == (names,)
    assert table.notes[0].startswith(f"it is not UTF-8 and was read as {encoding}")


@pytest.mark.parametrize("content", ["ts,T °C\n{},1\n", "ts,tag_name,value\n{},Größe,1\n"])
def test_a_name_that_differs_between_two_encodings_refuses_the_file(content, tmp_path):
    text = content.format("2025-01-31T08:00:00Z")
    path = written(tmp_path, text.encode("cp1252"))
    said = refused(path)
    assert "choose --encoding cp949 or --encoding cp1252" in said
    assert ("°C" in said and "캜" in said) or "Größe" in said
    names = both(path, encoding="cp1252").readings.names
    assert names[0] in text
    assert both(path, encoding="cp949").readings.names != names


def test_what_differs_beside_the_names_does_not_refuse_a_file(tmp_path):
    text = "ts,tag_name,value,note\n2025-01-31T08:00:00Z,D1,1,20 °C\n"
    assert both(written(tmp_path, text.encode("cp1252"))).readings.names == ("D1",)


def test_a_unit_that_differs_between_two_encodings_refuses_a_file_of_tags(tmp_path):
    path = written(tmp_path, "tag_name,unit\nT1,°C\n".encode("cp1252"), "tags.csv")
    with pytest.raises(BadFile, match="line 2: .*'°C'.*choose --encoding cp949 or"):
        tags._tags(path)
    assert tags._tags(path, "cp1252")[0]["unit"] == "°C"
    korean = written(tmp_path, "태그,단위\n온도 1,℃\n".encode("cp949"), "tags.csv")
    assert tags._tags(korean)[0]["unit"] == "℃"
    assert "read as cp949" in tags.remarks(korean)[0]


@pytest.mark.parametrize(
    ("text", "encoding"), [("温度計", "cp932"), ("压力表", "gb18030"), ("Температура", "cp1251")]
)
def test_text_of_no_encoding_that_is_tried_is_shown_and_refused(text, encoding, tmp_path):
    path = written(tmp_path, f"ts,tag_name,value\n2025-01-31T08:00:00Z,{text},1\n".encode(encoding))
    assert "not UTF-8" in refused(path)
    assert both(path, encoding=encoding).readings.names == (text,)


def test_an_encoding_that_does_not_fit_or_exist_is_refused(tmp_path):
    path = written(tmp_path, "ts,온도\n2025-01-31T08:00:00Z,1\n")
    assert "not ascii text; choose another --encoding" in refused(path, encoding="ascii")
    for name in ("klingon", "base64"):
        assert f"no encoding '{name}'; use a name such as" in refused(path, encoding=name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.xlsx", "a spreadsheet or a ZIP archive; save its sheet as CSV UTF-8"),
        ("a.arrow", "Arrow, which is not loaded; write it as CSV or Parquet"),
        ("b.arrow", "Arrow, which is not loaded; write it as CSV or Parquet"),
        ("a.csv", "Parquet; name it so that it ends in .parquet, unpacked"),
        ("a.csv.gz", "Parquet; name it so that it ends in .parquet, unpacked"),
    ],
)
@pytest.mark.parametrize("choices", [Choices(), Choices(encoding="utf-16-le")])
def test_what_is_no_text_is_refused_by_what_it_is(tmp_path, name, said, choices):
    path, table = tmp_path / name, pa.table({"ts": ["2026-01-01"], "tag": ["D1"], "value": [1.0]})
    if name == "a.xlsx":
        table.to_pandas().to_excel(path, index=False, engine="xlsxwriter")
    elif name.endswith(".arrow"):
        write = pa.ipc.new_stream if name == "a.arrow" else pa.ipc.new_file
        with write(str(path), table.schema) as writer:
            writer.write_table(table)
    else:
        pq.write_table(table, path)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(BadFile) as caught:
        load.read(path, choices=choices)
    assert str(caught.value).startswith(f"{name}: {said}")


def test_utf16_without_its_mark_is_named(tmp_path):
    text = "ts,D1\n2025-01-31T08:00:00Z,1\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        path = written(tmp_path, text.encode(encoding))
        assert f"try --encoding {encoding}" in refused(path)
        assert both(path, encoding=encoding).readings.values.tolist() == [1]


# ---- numbers


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize(
    "values", [["1,234", "2,500"], ["1.234", "12.500"], ["950", "1,050"], ["-1,234"]]
)
def test_a_column_with_three_digits_behind_every_sign_is_refused(delimiter, values, tmp_path):
    rows = [value.replace(",", "#") for value in values]
    text = ("ts,tag_name,value\n" + stamped(f"D1,{row}" for row in rows)).replace(",", delimiter)
    path = written(tmp_path, text.replace("#", ","))
    sign = "," if "," in "".join(values) else "."
    said = refused(path)
    assert f"choose --decimal {sign}" in said and f"--thousands {sign}" in said
    assert values[-1 if values[0] == "950" else 0] in said
    fine = [float(value.replace(",", ".")) for value in values]
    assert both(path, decimal=sign).readings.values.tolist() == fine
    grouped = [float(value.replace(",", "").replace(".", "")) for value in values]
    assert both(path, thousands=sign).readings.values.tolist() == grouped


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["1,234", "1,5"], [1.234, 1.5]),
        (["0,125", "1,250"], [0.125, 1.25]),
        (["1234,567"], [1234.567]),
        (["1.234", "1.5"], [1.234, 1.5]),
        (["7", "1234"], [7, 1234]),
    ],
)
def test_one_number_that_can_only_be_decimal_settles_its_column(values, numbers, tmp_path):
    path = written(tmp_path, "ts;D1\n" + stamped(values).replace("Z,", "Z;"))
    assert both(path).readings.values.tolist() == numbers


def test_a_number_far_down_settles_its_column(tmp_path):
    values = ["1,234"] * 5000 + ["1,5"]
    text = "ts;D1\n" + "".join(
        f"2025-01-31T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z;{value}\n"
        for n, value in enumerate(values)
    )
    assert load.read(written(tmp_path, text)).readings.values[-1] == 1.5


def test_the_column_of_a_wide_file_is_named(tmp_path):
    path = written(tmp_path, "ts;A;B\n" + "2025-01-31T08:00:00Z;1,5;1,234\n")
    assert "line 2: B is '1,234'" in refused(path)


def test_points_in_a_file_delimited_by_commas_are_decimal(tmp_path):
    path = written(tmp_path, "ts,D1\n" + stamped(["1.234", "2.345"]))
    assert both(path).readings.values.tolist() == [1.234, 2.345]


def test_a_quoted_comma_is_refused_with_both_choices(tmp_path):
    path = written(tmp_path, "ts,D1\n" + stamped(['"1,234"', "7"]))
    assert "choose --decimal , where" in refused(path)
    assert both(path, thousands=",").readings.values.tolist() == [1234, 7]
    assert both(path, decimal=",").readings.values.tolist() == [1.234, 7]


@pytest.mark.parametrize(
    ("choices", "cell", "number"),
    [
        ({"thousands": "."}, "1.234.567,5", 1_234_567.5),
        ({"thousands": ","}, "1,234,567.5", 1_234_567.5),
        ({"thousands": " "}, "1\xa0234", 1234),
        ({"thousands": "'"}, "-1'234.5", -1234.5),
        ({"decimal": ",", "thousands": "."}, "1.234", 1234),
        ({"thousands": ","}, "1,23", None),
        ({"thousands": ","}, "1,2345", None),
        ({"decimal": ","}, "1.234", None),
        ({"decimal": ","}, "1,234,567", None),
    ],
)
def test_numbers_are_read_as_chosen_or_refused(choices, cell, number, tmp_path):
    path = written(tmp_path, f"ts;D1\n2025-01-31T08:00:00Z;{cell}\n")
    if number is None:
        assert cell in refused(path, **choices)
    else:
        assert both(path, **choices).readings.values.tolist() == [number]


@pytest.mark.parametrize(
    ("cell", "way"),
    [("1.234,5", "'.'"), ("1 234,5", "' '"), ("1\xa0234", "' '"), ("1,234.5", "','")],
)
def test_a_number_with_groups_is_refused_with_the_sign_to_choose(cell, way, tmp_path):
    path = written(tmp_path, f"ts;D1\n2025-01-31T08:00:00Z;{cell}\n")
    assert f"choose --thousands {way}" in refused(path)
    sign = way.strip("'") or " "
    decimal = "," if cell.endswith(",5") else "."
    value = both(path, thousands=sign, decimal=decimal).readings.values.tolist()
    assert value == [1234.5 if "5" in cell else 1234]


def test_one_sign_cannot_be_both(tmp_path):
    path = written(tmp_path, "ts;D1\n2025-01-31T08:00:00Z;1\n")
    assert "both ','" in refused(path, decimal=",", thousands=",")


# ---- row numbers, columns that became tags


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("", "012"), ("No", "123"), ("no.", "123"), ("번호", "123"), ("순번", "321"), ("#", "123"),
        ("Unnamed: 0", "012"), ("index", "567"), ("row_number", "159"), ("id", "123"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_a_row_number_does_not_become_a_tag(name, numbers, first, tmp_path):
    head, rows = f"ts,D1,{name}", [f"5,{number}" for number in numbers]
    text = f"{head}\n" + stamped(rows)
    if first:
        text = "\n".join(
            ",".join([line.split(",")[2], *line.split(",")[:2]]) for line in text.splitlines()
        )
    table = both(written(tmp_path, f"{text}\n"))
    assert table.tags == table.readings.names == ("D1",)
    assert table.readings.values.tolist() == [5, 5, 5]
    assert any("numbers of rows, not loaded" in note and repr(name) in note for note in table.notes)


@pytest.mark.parametrize("values", ["555", "135", ["1.5", "2.5", "3.5"]])
def test_a_tag_with_the_name_of_a_number_stays_one(values, tmp_path):
    table = both(written(tmp_path, "ts,NO\n" + stamped(values)))
    assert table.tags == ("NO",)


def test_a_tag_that_counts_stays_one(tmp_path):
    assert both(written(tmp_path, "ts,D1\n" + stamped("123"))).tags == ("D1",)


def test_a_column_without_a_name_that_counts_nothing_is_refused(tmp_path):
    assert "column 3: the tag name is empty" in refused(
        written(tmp_path, "ts,D1,\n" + stamped(["1,7", "1,7"]))
    )


def test_columns_that_became_tags_are_listed_of_wide_files_only(tmp_path):
    assert both(written(tmp_path, "ts,A,B\n" + stamped(["1,2"]))).tags == ("A", "B")
    assert both(written(tmp_path, "ts,tag,value\n" + stamped(["A,2"]))).tags == ()


# ---- a last line without its end


def test_a_last_line_without_its_end_is_named(tmp_path):
    text = "ts,tag_name,value\n" + stamped(["D1,1", "D1,12.34"])
    assert not both(written(tmp_path, text)).notes
    note = both(written(tmp_path, text[:-3])).notes[0]
    assert "line 3 ('2025-01-31T08:00:01Z,D1,12.')" in note
    assert "end the line" in note


@pytest.mark.parametrize("cut", [8, 12, 20])
def test_a_last_line_that_is_cut_off_is_named_as_that(cut, tmp_path):
    text = "ts,tag_name,value\n" + stamped(["D1,1", "D1,12.34"])
    said = refused(written(tmp_path, text[:-cut]))
    assert said.startswith("readings.csv, line 3: ")
    assert "nothing ends this last line, so the file was cut off" in said


def test_a_file_that_ends_within_a_letter_is_cut_off_and_not_of_another_encoding(tmp_path):
    path = written(
        tmp_path, ("ts,tag,value\n" + stamped(["온도,1"]) + "2025-01-31T09:00:00Z,온").encode()[:-1]
    )
    assert "line 3: the file ends within a letter" in refused(path)


# ---- one bad cell


def test_in_a_wide_file_one_bad_cell_costs_one_reading(tmp_path):
    path = written(tmp_path, "ts,A,B,C\n" + stamped(["1,2,3", "4,x,6", "7,8,9"]) + "noon,1,2,3\n")
    kept = load.read(path, "UTC", keep_going=True)
    assert kept.readings.values.tolist() == [1, 2, 3, 4, 6, 7, 8, 9]
    assert kept.rejected == 1 + 3
    assert [(reject.line, reject.readings) for reject in kept.rejects] == [(3, 1), (5, 3)]
    assert kept.rejects[0].reason.startswith("B is 'x', not a number")
    assert kept.rejects[0].cells == ("2025-01-31T08:00:01Z", "4", "x", "6")
    with pytest.raises(BadFile, match="line 3: B is 'x'"):
        load.read(path, "UTC")


def test_each_bad_cell_of_a_row_is_listed(tmp_path):
    path = written(tmp_path, "ts,A,B,C\n" + stamped(["x,2,y"]))
    kept = load.read(path, "UTC", keep_going=True)
    assert (kept.readings.values.tolist(), kept.rejected) == ([2], 2)
    assert [reject.reason[0] for reject in kept.rejects] == ["A", "C"]
