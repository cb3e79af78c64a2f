"""The people of the bench: phones that send and watch, and a console that leads them through rounds."""

import asyncio
import secrets
from urllib.parse import urlsplit

from tests.bench.wire import Answer, Line, Refused, Watch, open_line, open_watch, post

SOCKET = "/socket.io/?EIO=4&transport=websocket"
GUESS = "Maybe she feels small and a bit ashamed, and would rather leave than ask what he meant by it"
LONGEST_S = 20.0


class Circle:
    """The watching phones of one room: tells when the last of them has heard something."""

    def __init__(self) -> None:
        self.watches: list[Watch] = []
        self.last = b""
        self._mark = b""
        self._missing = 0
        self._done: asyncio.Future[float] | None = None

    async def add(self, port: int, path: str, *, greeting: str = "", cookie: str = "") -> None:
        watch = await open_watch(port, path, greeting=greeting, cookie=cookie, heard=self._hear)
        self.watches.append(watch)

    def all_hear(self, mark: bytes = b"") -> asyncio.Future[float]:
        """Promise the moment at which the last phone has heard a text that begins with `mark`."""
        self._mark, self._missing = mark, len(self.watches)
        self._done = asyncio.get_running_loop().create_future()
        return self._done

    def hang_up(self) -> None:
        for watch in self.watches:
            watch.hang_up()
        self.watches.clear()

    def _hear(self, text: bytes, at: float) -> None:
        if text.startswith(self._mark):
            self.last = text
            self._missing -= 1
            if self._missing == 0 and self._done:
                self._done.set_result(at)


class Caller:
    """Someone who sends forms over a line that stays open."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port = port
        self.cookie = cookie
        self._line: Line | None = None

    async def pick_up(self) -> Line:
        """Open the line, or find it open: the server hangs up on lines that rest for half a minute."""
        if self._line is None or not self._line.open:
            self._line = await open_line(self.port)
        return self._line

    async def send(self, path: str, **fields: object) -> Answer:
        line = await self.pick_up()
        return await line.ask(post(self.port, path, cookie=self.cookie, **fields))

    def hang_up(self) -> None:
        if self._line:
            self._line.hang_up()


class Phone(Caller):
    """A member's phone."""

    def __init__(self, port: int, code: str) -> None:
        super().__init__(port)
        self._code = code
        self._n = 0

    async def join(self) -> float:
        answer = await self.send(f"/r/{self._code}/join")
        self.cookie = f"seat={answer.cookie('seat')}"
        return answer.at

    async def watch(self, circle: Circle) -> None:
        greeting = f'40/member,{{"code":"{self._code}"}}'
        await circle.add(self.port, SOCKET, greeting=greeting, cookie=self.cookie)

    async def submit(self, room: "Room") -> float:
        """Send a guess, and return the moment it was acknowledged."""
        self._n += 1
        text = f"{GUESS} {self._n}"
        answer = await self.send(
            f"/r/{self._code}/guess",
            round=room.round_id,
            have=room.have,
            op=secrets.token_hex(16),
            n=self._n,
            text=text,
        )
        if answer.content["text"] != text:
            raise Refused("Another guess was acknowledged.")
        return answer.at


class Room(Caller):
    """A room: its console, which sends the commands, its screen, and its phones."""

    def __init__(self, port: int, cookie: str) -> None:
        super().__init__(port, cookie)
        self.phones: list[Phone] = []
        self.circle = Circle()
        self.round_id = ""
        self._walls = Circle()
        self._links: dict[str, str] = {}
        self._version = 1

    @property
    def have(self) -> str:
        """The version that every phone's page has by now, as it says with each guess."""
        return f"{self._version}.0"

    async def begin(self, phones: int) -> "Room":
        """Make the room and its phones, which have not joined yet."""
        answer = await self.send("/therapist/rooms", vignette="waving")
        self._links = answer.content["room"]
        self.phones = [Phone(self.port, self._links["code"]) for _ in range(phones)]
        return self

    async def watch(self) -> None:
        """Let the console, the screen and all phones watch."""
        token = urlsplit(self._links["screen_url"]).path.split("/")[2]
        await self._walls.add(self.port, SOCKET, greeting=f'40/screen,{{"token":"{token}"}}')
        greeting = f'40/therapist,{{"code":"{self._links["code"]}"}}'
        await self._walls.add(self.port, SOCKET, greeting=greeting, cookie=self.cookie)
        for phone in self.phones:
            await phone.watch(self.circle)

    async def does(self, command: str, **fields: object) -> float:
        """Give a command and return the moment it was answered."""
        path = f"/therapist/rooms/{self._links['code']}/{command}"
        answer = await self.send(path, version=self._version, anyway="yes", **fields)
        snapshot = answer.content["snapshot"]
        self._version, self.round_id = snapshot["version"][0], snapshot["round"]
        return answer.at

    async def tells(self, command: str) -> float:
        """Give a command and return the moment at which the last phone has the room as it is then."""
        heard = self.circle.all_hear(b'42/member,["snapshot",{"version":[%d,0]' % (self._version + 1))
        await self.does(command)
        return await asyncio.wait_for(heard, LONGEST_S)

    async def opens(self) -> None:
        """Open guessing, at first or for a second look."""
        if self._version == 1:
            await self.does("start", vignette="waving")
            await self.does("open")
        else:
            await self.does("second-look")

    def leave(self) -> None:
        for one in (self.circle, self._walls, self, *self.phones):
            one.hang_up()
