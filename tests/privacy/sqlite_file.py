"""Reading a SQLite file as a thief does: where each row lies, and what is left where nothing should be."""

import sqlite3
from collections.abc import Iterator

from tests.privacy.facets import Row

TABLE_LEAF, TABLE_INNER, INDEX_LEAF, INDEX_INNER = 13, 5, 10, 2


class SqliteFile:
    """The bytes of a database file, taken apart without SQLite's help where SQLite would not tell."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        written = int.from_bytes(data[16:18])
        self.page_size = 1 << 16 if written == 1 else written
        self._usable = self.page_size - data[20]
        self._sql = sqlite3.connect(":memory:")
        self._sql.deserialize(data)
        self._sql.row_factory = sqlite3.Row
        self.roots = dict(
            self._sql.execute("SELECT name, rootpage FROM sqlite_master WHERE rootpage > 0").fetchall()
        )
        names = self._sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self.tables = [name for (name,) in names]

    def rows(self, table: str) -> list[Row]:
        """All rows of a table; one made WITHOUT ROWID is beyond this reader and fails loudly."""
        places = {number: (place, overflow) for number, place, overflow in self._cells(self.roots[table])}
        found = []
        for values in self._sql.execute(f'SELECT rowid AS "~rowid", * FROM "{table}"'):
            named = dict(values)
            number = named.pop("~rowid")
            place, overflow = places[number]
            found.append(Row(table, named, {"row number": number, "byte": place, "overflow page": overflow}))
        return found

    def residue(self) -> bytes:
        """What lies on free pages and in the gaps of the others, where secure_delete leaves only zeros."""
        left = [self._free_pages()]
        for root in (1, *self.roots.values()):
            left.extend(self._gaps(root))
        return b"\0".join(left)

    def _page(self, number: int) -> bytes:
        return self.data[(number - 1) * self.page_size : number * self.page_size]

    def _cells(self, root: int) -> Iterator[tuple[int, int, int]]:
        for number in self._tree(root):
            page, start = self._page(number), 100 if number == 1 else 0
            assert page[start] in (TABLE_LEAF, TABLE_INNER)
            if page[start] == TABLE_LEAF:
                for at in _pointers(page, start):
                    size, after = _varint(page, at)
                    rowid, after = _varint(page, after)
                    kept = self._kept(size)
                    overflow = int.from_bytes(page[after + kept : after + kept + 4]) if kept < size else 0
                    yield rowid, (number - 1) * self.page_size + at, overflow

    def _tree(self, root: int) -> Iterator[int]:
        page, start = self._page(root), 100 if root == 1 else 0
        yield root
        if page[start] in (TABLE_INNER, INDEX_INNER):
            below = [int.from_bytes(page[at : at + 4]) for at in _pointers(page, start)]
            for child in (*below, int.from_bytes(page[start + 8 : start + 12])):
                yield from self._tree(child)

    def _kept(self, size: int) -> int:
        """How many bytes of a row stay on its leaf (SQLite's file format, "Cell Payload Overflow Pages")."""
        least = (self._usable - 12) * 32 // 255 - 23
        if size <= self._usable - 35:
            return size
        kept = least + (size - least) % (self._usable - 4)
        return kept if kept <= self._usable - 35 else least

    def _free_pages(self) -> bytes:
        trunk, left = int.from_bytes(self.data[32:36]), []
        while trunk:
            page = self._page(trunk)
            count = int.from_bytes(page[4:8])
            leaves = [int.from_bytes(page[8 + 4 * n : 12 + 4 * n]) for n in range(count)]
            left += [page[8 + 4 * count :], *map(self._page, leaves)]
            trunk = int.from_bytes(page[:4])
        return b"\0".join(left)

    def _gaps(self, root: int) -> Iterator[bytes]:
        for number in self._tree(root):
            page, start = self._page(number), 100 if number == 1 else 0
            header = 12 if page[start] in (TABLE_INNER, INDEX_INNER) else 8
            count = int.from_bytes(page[start + 3 : start + 5])
            content = int.from_bytes(page[start + 5 : start + 7]) or 1 << 16
            yield page[start + header + 2 * count : content]
            block = int.from_bytes(page[start + 1 : start + 3])
            while block:
                size = int.from_bytes(page[block + 2 : block + 4])
                yield page[block + 4 : block + size]
                block = int.from_bytes(page[block : block + 2])


def _pointers(page: bytes, start: int) -> list[int]:
    header = start + (12 if page[start] in (TABLE_INNER, INDEX_INNER) else 8)
    count = int.from_bytes(page[start + 3 : start + 5])
    return [int.from_bytes(page[header + 2 * n : header + 2 * n + 2]) for n in range(count)]


def _varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n in range(9):
        byte = page[at + n]
        if n == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at + n + 1
    raise AssertionError
