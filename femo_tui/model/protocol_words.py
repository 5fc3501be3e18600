"""Names and texts in a protocol file: how they are written, and in which languages they stand."""

from __future__ import annotations

import re

from femo_tui.model.toml_table import Table

LONGEST_NAME = 40  # names become folder and file names
OF_A_CLIP = (
    "media",
    "duration_s",
    "window",
    "content_warning",
)  # or of the step itself
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_FACT = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


def read_name(table: Table, key: str) -> str:
    """Return a required name, empty if it is bad."""
    name = table.text(key, required=True)
    if name is None or not is_name(table, key, key, name):
        return ""
    return name


def is_name(table: Table, key: str | None, word: str, name: str) -> bool:
    """Return whether `name` can be one, as a mistake at `key` if it cannot."""
    if not _NAME.fullmatch(name):
        table.wrong(key, f"{word} {name[:60]!r}; use lower case letters, digits and dashes")
    elif len(name) > LONGEST_NAME:
        table.wrong(key, f"{word} of {len(name)} characters; use at most {LONGEST_NAME}")
    else:
        return True
    return False


def read_names(table: Table, key: str, word: str) -> tuple[str, ...] | None:
    """Return a list of names without the bad ones, None where it is not given."""
    given = table.texts(key)
    if given is None:
        return None
    return tuple(name for name in given if is_name(table, key, word, name))


def read_facts(table: Table, key: str) -> tuple[str, ...]:
    """Return names of facts, which become keys of `run_start.environment`."""
    names = []
    for name in table.texts(key) or ():
        if _FACT.fullmatch(name) and len(name) <= LONGEST_NAME:
            names.append(name)
        else:
            table.wrong(
                key,
                f"{key} {name[:60]!r}; use lower case letters, digits and _, and end in the unit,"
                " such as room_c",
            )
    return tuple(names)


class Languages:
    """The languages of a protocol; every text the participant reads stands in each of them."""

    def __init__(self, top: Table) -> None:
        codes = []
        for language in top.texts("languages", required=True) or ():
            if _LANGUAGE.fullmatch(language):
                codes.append(language)
            else:
                top.wrong("languages", f"language {language[:60]!r}; write codes such as en or es")
        self.codes = tuple(codes)

    def read(self, table: Table, key: str, *, required: bool = False) -> dict[str, str]:
        """Return the text at a key in each language, {} where it is not given."""
        table.pass_over(key)
        if not table.has(key):
            if required:
                each = ", ".join(f'{language} = "…"' for language in self.codes or ("en",))
                table.wrong(None, f"{key} is missing; add {key} = {{ {each} }}")
            return {}
        given = table.table(key)
        if given is None:
            return {}
        texts: dict[str, str] = {}
        for language in self.codes:
            if not given.has(language):
                given.wrong(None, f'no {language}; add {language} = "…"')
            if (text := given.text(language)) is not None:
                texts[language] = text
        for extra in given.names():
            if extra not in self.codes:
                given.wrong(
                    extra, f"{extra[:60]!r} is none of the protocol's languages; add it there"
                )
        return texts
