"""The settings inside one of our record extensions, each read once and none overlooked.

https://hl7.org/fhir/R4/extensibility.html#Extension
"""

from __future__ import annotations

from typing import Any

from hub.model import Tree


class Settings:
    """Name → value of a complex extension's parts."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._values, self._where = values, where
        self._asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a setting."""
        self._asked.add(name)
        return self._values.get(name, default)

    def need(self, name: str) -> Any:
        """The value of a setting that must be there.

        Raises:
            ValueError: it is not.
        """
        value = self.get(name)
        if value is None:
            raise ValueError(f"{self._where}: {name} is missing")
        return value

    def choice(self, name: str, *words: str) -> str:
        """One of these words; the first when the setting is absent.

        Raises:
            ValueError: another word.
        """
        value = str(self.get(name, words[0]))
        if value not in words:
            raise ValueError(f"{self._where}: {name} is {value}, not one of {', '.join(words)}")
        return value

    def all_known(self) -> None:
        """To be called last.

        Raises:
            ValueError: a setting that nobody asked for: a misspelling.
        """
        unknown = sorted(self._values.keys() - self._asked)
        if unknown:
            raise ValueError(f"{self._where}: unknown setting {', '.join(unknown)}")

    def __bool__(self) -> bool:
        return bool(self._values)


def settings(row: Tree, url: str) -> Settings:
    """The parts of the extension with this url; empty when there is none."""
    where = str(row.get("path") or row.get("url", ""))
    for extension in row.get("extension", ()):
        if extension.get("url") == url:
            values = {part["url"]: _value(part) for part in extension.get("extension", ())}
            return Settings(values, where)
    return Settings({}, where)


def simple(row: Tree, url: str) -> str | None:
    """The value of a simple extension; None when there is none."""
    for extension in row.get("extension", ()):
        if extension.get("url") == url:
            return str(_value(extension))
    return None


def _value(part: Tree) -> Any:
    return next((value for key, value in part.items() if key.startswith("value")), "")
