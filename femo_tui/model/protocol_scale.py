"""The questions of a protocol file: `[scales.NAME]`, and the `[[step.scale]]` of one step."""

from __future__ import annotations

from femo_tui.model.protocol import Scale, ScaleLook
from femo_tui.model.protocol_words import Languages, is_name, read_name
from femo_tui.model.toml_table import Table, suggestion

_HIGHEST = 9  # answered with one number key
_SPANS = {  # what a look can show; the first is meant where the file gives no ends
    ScaleLook.YES_NO: ((0, 1),),
    ScaleLook.SAM_VALENCE: ((1, 9), (1, 5)),
    ScaleLook.SAM_AROUSAL: ((1, 9), (1, 5)),
}
_NO = {"en": "no", "es": "no", "de": "nein", "fr": "non", "it": "no", "pt": "não"}
_YES = {"en": "yes", "es": "sí", "de": "ja", "fr": "oui", "it": "sì", "pt": "sim"}


class ScaleReader:
    """Reads questions; those under `[scales]` are read once and asked in any step."""

    def __init__(self, top: Table, languages: Languages) -> None:
        self._languages = languages
        self._named: dict[str, Scale] = {}
        for name, table in top.tables_by_name("scales").items():
            is_name(table, None, "scale", name)
            self._named[name] = self._read(table, name)

    def of_step(self, table: Table) -> tuple[Scale, ...]:
        """Return the questions of a step: those it names, then those of its own."""
        named = []
        for name in table.texts("scales") or ():
            if name in self._named:
                named.append(self._named[name])
            elif self._named:
                known = suggestion(name, list(self._named))
                table.wrong("scales", f"scale {name[:60]!r} is unknown; {known}")
            else:
                table.wrong("scales", f"scale {name[:60]!r} is unknown; add [scales.NAME] for it")
        own = [self._read(given, read_name(given, "name")) for given in table.tables("scale")]
        names = [scale.name for scale in (*named, *own) if scale.name]
        for name in sorted({name for name in names if names.count(name) > 1}):
            table.wrong("scale", f"scale {name!r} stands twice; give each its own name", "scales")
        return (*named, *own)

    def _read(self, table: Table, name: str) -> Scale:
        look_name = table.choice("look", [look.value for look in ScaleLook])
        look = ScaleLook(look_name or ScaleLook.NUMBERS)
        low, high = self._read_ends(table, look)
        text = self._languages.read(table, "text", required=True)
        low_text = self._languages.read(table, "low_text")
        high_text = self._languages.read(table, "high_text")
        if look is ScaleLook.YES_NO:
            low_text = low_text or self._usual(table, "low_text", _NO)
            high_text = high_text or self._usual(table, "high_text", _YES)
        stop_at = table.wholes("stop_at", low, high)
        pause_at = table.wholes("pause_at", low, high)
        for answer in sorted({*stop_at} & {*pause_at}):
            table.wrong("pause_at", f"answer {answer} both stops and pauses; decide for one")
        table.end()
        return Scale(
            name=name,
            text=text,
            low=low,
            high=high,
            look=look,
            low_text=low_text,
            high_text=high_text,
            stop_at=stop_at,
            pause_at=pause_at,
        )

    def _read_ends(self, table: Table, look: ScaleLook) -> tuple[int, int]:
        """Return low and high; where they are bad, ends with which the rest can be checked."""
        spans = _SPANS.get(look, ())
        low = table.whole("low", 0, _HIGHEST, required=not spans)
        high = table.whole("high", 0, _HIGHEST, required=not spans)
        if spans and not table.has("low") and not table.has("high"):
            return spans[0]
        if low is None or high is None:
            if spans and table.has("low") != table.has("high"):
                table.wrong("low", "one end only; give low and high, or neither", "high")
            return 0, _HIGHEST
        if low >= high:
            table.wrong(
                "low", f"low {low} is not below high {high}; give two different ends", "high"
            )
            return 0, _HIGHEST
        if spans and (low, high) not in spans:
            known = " or ".join(f"{a} to {b}" for a, b in spans)
            table.wrong("look", f"a look of {look.value} goes from {known}; set low and high so")
        return low, high

    def _usual(self, table: Table, key: str, usual: dict[str, str]) -> dict[str, str]:
        if table.has(key):
            return {}  # it is bad, and that is told already
        lacking = [language for language in self._languages.codes if language not in usual]
        if lacking:
            table.wrong("look", f"yes or no in {', '.join(lacking)} is not known; add {key} = …")
        return {
            language: usual[language] for language in self._languages.codes if language in usual
        }
