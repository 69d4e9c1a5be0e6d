"""The words of the demonstration plant: written in English, said in the language of the site."""

import json

from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from data.demo.model import PlantTag
from data.demo.plant import installed

#: English -> Korean, of all that the plant is described by. Units are the same in both.
KOREAN = {
    "Raw water pump": "원수 펌프",
    "Raw water pressure": "원수 압력",
    "Feed pressure": "공급수 압력",
    "Concentrate pressure": "농축수 압력",
    "Inlet valve position": "유입 밸브 개도",
    "High-pressure pump speed": "고압 펌프 회전수",
    "Antiscalant dosing pump speed": "스케일 방지제 주입 펌프 회전수",
    "Permeate flow": "생산수 유량",
    "Concentrate flow": "농축수 유량",
    "Tank level": "탱크 수위",
    "Permeate total": "생산수 적산량",
    "Wind direction": "풍향",
    "Pressures": "압력",
    "Drives": "구동부",
    "Flows": "유량",
    "Outside": "옥외",
    "off": "정지",
    "on": "운전",
}
#: The same for names that end in a number.
NUMBERED = {"Test point": "시험 지점", "Area": "구역"}
_SAY = """
UPDATE influx_tag SET meta = meta || said.words, updated_at = now()
FROM (VALUES %s) AS said (tag_name, words)
WHERE influx_tag.tag_name = said.tag_name AND NOT meta @> said.words
"""


def speak(connection: Connection, language: str) -> None:
    """Name what the plant in a store consists of in a language, `en` or `ko`; commits.

    Nothing is written where it speaks that language already, or where there is no plant.
    """
    with connection:
        plant = installed(connection)
        if plant:
            rows = [(tag.name, json.dumps(words(tag, language))) for tag in plant.tags]
            with connection.cursor() as cursor:
                execute_values(cursor, _SAY, rows, template="(%s, %s::jsonb)", page_size=1000)


def words(tag: PlantTag, language: str) -> dict[str, object]:
    """Return what `meta` of a tag says in words."""
    words: dict[str, object] = {
        "description": _said(tag.description, language),
        "group": _said(tag.group, language),
    }
    if tag.states:
        words["states"] = {str(n): _said(word, language) for n, word in enumerate(tag.states)}
    return words


def _said(english: str, language: str) -> str:
    if language != "ko":
        return english
    name, _, number = english.rpartition(" ")
    return f"{NUMBERED[name]} {number}" if name in NUMBERED else KOREAN[english]
