"""Hostile requests: addresses from the URL resolver, values of every wrong type, forms with one invalid field."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote, quote_from_bytes, unquote, urlencode, urljoin, urlsplit

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

NUMBERS = (
    *("0", "-1", "1", "2", "999999", "1.5", "1e400", "-1e400", "NaN", "Infinity", "0x10", "1_000", "１２", "٣", "²"),
    *("2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809"),
    *("9" * 25, "-" + "9" * 25, "9" * 5_000),
)
DAYS = (
    *("0001-01-01", "0001-01-02", "9999-12-31", "9999-12-30", "0000-00-00", "10000-01-01", "2026-02-30", "31.12.9999"),
    *("9999-12-31T23:59:59.999999+14:00", "0001-01-01T00:00:00-23:59", "12/31/9999", "01/01/01", "-1", "1970-01-01"),
    *("23:59:60", "25:00", "99:99:99"),
)
TEXTS = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "%",
        "_",
        "\\",
        "'",
        '"',
        "[",
        "(",
        "*",
        "{}",
        "[]",
        "null",
        "true",
        "on",
        ",",
        "1,2,x",
        ";",
    ),
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "?",
        "#",
        "&",
    ),
    *(
        "<script>",
        "{{ x }}",
        "%00",
        "%ff",
        "%u0041",
        "\r\nX: y",
        "\u202e",
        "\u3164",
        "\u2028",
        "\ufffe",
        "İ",
        "ß" * 200,
    ),
    *("🙂", "é", "e\u0301" * 100, "x" * 200, "x" * 5_000, "ﷺ" * 150, '{"a":{"b":[1]}}', "pk", "-pk", "id__exact", "__"),
)
BYTES = (b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\x00", b"\x80" * 100, "한글".encode("euc-kr"))
VALUES = (*NUMBERS, *DAYS, *TEXTS)

NAMES = (
    *(
        "page",
        "q",
        "next",
        "invite",
        "archived",
        "user",
        "role",
        "level",
        "person",
        "name",
        "topic",
        "kind",
        "confirmed",
        "language",
    ),
    *("display_name", "time_zone", "username", "login", "email", "password", "password1", "remember", "key", "action"),
    *("p", "o", "e", "all", "s", "term", "app_label", "model_name", "field_name", "_popup", "_to_field", "_facets"),
    *("_changelist_filters", "_selected_action", "select_across", "index", "_save", "_continue", "_saveasnew", "post"),
    *("id__in", "id__exact", "pk", "pk__in", "room__id__exact", "author__id__exact", "author__password", "kind__exact"),
    *("is_active__exact", "is_staff__exact", "state", "created_at_from", "created_at_to", "date_joined_from"),
    *(
        "date_joined_to",
        "created_at__year",
        "created_at__gte",
        "id__isnull",
        "room__kind",
        "x" * 300,
        "",
        "\0",
        "a[b][c]",
    ),
    *("memberships-TOTAL_FORMS", "memberships-INITIAL_FORMS", "memberships-0-id", "memberships-2-0-user", "model"),
)
HEADERS = {
    "accept-language": ("ko", "*", "x" * 600, "en;q=9", "en;q=", "\xff", "../..", "en," * 200, "zh-Hant-TW-x-y"),
    "range": ("bytes=0-", "bytes=9-1", "bytes=-", "bytes=0-0,1-1", "x=1", "bytes=" + "9" * 30 + "-"),
    "if-modified-since": ("Mon, 99 Foo 9999 99:99:99 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "x", ""),
    "if-none-match": ('"x"', "*", "W/", '"' * 50),
    "host": ("localhost:99999", "[::1", "a b", "evil.example", "", "localhost:x", "x" * 300, "\xff"),
    "x-forwarded-for": ("x", "1.2.3.4, \xff", ",", "::1%eth0", "1" * 500),
    "x-forwarded-proto": ("https", "x", "https,http"),
    "x-http-method-override": ("DELETE", "\xff"),
    "referer": ("http://[", "\xff", "x" * 2_000),
    "origin": ("null", "http://[", "http://evil.example"),
    "accept": ("application/json", "*/*;q=x", "text/html;" * 50, "\xff"),
    "accept-encoding": ("gzip", "x", "gzip;q=x"),
    "authorization": ("Basic x", "Bearer " + "x" * 500, "\xff"),
    "x-requested-with": ("XMLHttpRequest",),
    "content-length": ("-1", "x", "9" * 30, ""),
}
COOKIES = ("sessionid", "csrftoken", "django_language", "messages", "room", "x")
METHODS = ("GET",) * 8 + ("POST",) * 8 + ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")
TYPES = (
    *(
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "",
        "\xff",
        "x" * 300,
    ),
    *("application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=nonsense"),
)


@dataclass(frozen=True)
class Address:
    """A URL pattern: literal parts, with argument names between them."""

    parts: tuple[str, ...]
    arguments: tuple[str, ...]

    def path(self, values: dict[str, str]) -> str:
        """The URL with these arguments, which are percent-encoded already."""
        filled = [values[name] for name in self.arguments]
        return "/" + "".join(part + value for part, value in zip(self.parts, [*filled, ""], strict=True))

    def leads(self, path: str) -> bool:
        """Whether a path may match this pattern."""
        return re.fullmatch("/" + "[^?]+".join(map(re.escape, self.parts)), path) is not None


@dataclass
class Request:
    """One request, before it reaches a server."""

    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def scope(self, session: str) -> dict[str, Any]:
        """The ASGI scope, with this session unless the request has one of its own."""
        path, _, query = self.path.partition("?")
        cookies = ({"sessionid": session} if session else {}) | self.cookies
        headers = {
            "host": "localhost",
            "content-type": self.content_type,
            "content-length": str(len(self.body)),
            "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        } | self.headers
        return {
            "type": "http",
            "method": self.method,
            "path": unquote(path),
            "query_string": query.encode("ascii"),
            "headers": [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in headers.items()],
            "client": ("127.0.0.1", 50_000),
            "server": ("localhost", 80),
            "scheme": "http",
            "root_path": "",
        }


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Address]:
    """Every URL pattern of the site, including the admin's."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + _template(entry)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route)
        else:
            pieces = re.split(r"<(\w+)>", route)
            yield Address(tuple(pieces[::2]), tuple(pieces[1::2]))


def _template(entry: URLPattern | URLResolver) -> str:
    """The pattern with `<name>` in place of each argument."""
    if isinstance(entry.pattern, RegexPattern):
        return re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", str(entry.pattern)).strip("^$").replace("\\", "")
    return re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", str(entry.pattern))


@dataclass
class Form:
    """A form of a page, or a link with a query, as a browser would send it."""

    method: str
    path: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class Harvest(HTMLParser):
    """Collects the forms of a page, and its links that have a query."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms, fields and links."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            path = urljoin(self.path, given.get("action", "")).partition("?")[0]
            self.forms.append(Form(given.get("method", "get").upper(), path))
        elif tag == "a" and "?" in given.get("href", ""):
            link = urlsplit(urljoin(self.path, given["href"]))
            self.forms.append(Form("GET", link.path, parse_qsl(link.query, keep_blank_values=True)))
        elif given.get("name") and self.forms and tag in ("input", "button", "select", "textarea"):
            self.forms[-1].fields.append((given["name"], given.get("value", "")))


class Attacker:
    """Makes requests that no browser would make, from one seed."""

    def __init__(self, seed: int, real: dict[str, list[str]]) -> None:
        self.random = random.Random(seed)
        self.real = real
        self.targets = [*addresses()]
        self.forms: dict[Address, list[Form]] = {target: [] for target in self.targets}
        self.fields: dict[tuple[Address, str], Form] = {}

    def learn(self, path: str, page: str) -> None:
        """Collect the forms and links of a page, each with its target address."""
        found = Harvest(path)
        found.feed(page)
        for form in found.forms:
            target = next((target for target in self.targets if target.leads(form.path)), None)
            if target is not None and form.fields:
                self.forms[target].append(form)
                self.fields |= {(target, name): form for name, _value in form.fields}

    def plain(self, address: Address) -> Request:
        """An ordinary GET request for the address."""
        return Request("GET", address.path({name: self._known(name, 0) for name in address.arguments}))

    def bent(self, form: Form, name: str) -> Request:
        """A form with an invalid value in one field."""
        fields = [(given, self._value(given, value) if given == name else value) for given, value in form.fields]
        return self._sent(form.method, form.path, fields)

    def request(self, address: Address) -> Request:
        """One hostile request, not necessarily a form."""
        forms = self.forms[address]
        form = self._one(forms) if forms and self._often(80) else Form(self._one(METHODS), "")
        if not form.path or self._often(30):
            form = Form(
                form.method, address.path({name: self._argument(name) for name in address.arguments}), form.fields
            )
        method = form.method if self._often(80) else self._one(METHODS)
        made = self._sent(method, form.path, self._mutated(form.fields))
        if self._often(20):
            made.path += ("&" if "?" in made.path else "?") + self._query(self._mutated([]))
        if made.body and self._often(15):
            made.body, made.content_type = self._other_body(form.fields)
        made.headers = {name: self._one(values) for name, values in HEADERS.items() if self._often(3)}
        made.cookies = {name: self._one(TEXTS)[:500] for name in COOKIES if self._often(2)}
        return made

    def _sent(self, method: str, path: str, fields: list[tuple[str, str]]) -> Request:
        if method in ("GET", "HEAD"):
            return Request(method, f"{path}?{self._query(fields)}")
        body = urlencode(fields, errors="surrogatepass").encode()
        return Request(method, path, body + (b"&x=" + self._one(BYTES) if self._often(3) else b""))

    def _often(self, percent: int) -> bool:
        return self.random.random() * 100 < percent

    def _one(self, values: Any) -> Any:
        return self.random.choice(values)

    def _known(self, name: str, number: int | None = None) -> str:
        values = self.real.get(name, ["1"])
        return quote(values[number] if number is not None else self._one(values), safe="")

    def _argument(self, name: str) -> str:
        return self._known(name) if self._often(50) else self._quoted(self._one(VALUES))

    def _quoted(self, text: str) -> str:
        if self._often(4):
            return quote_from_bytes(self._one(BYTES))
        return text if self._often(4) and re.fullmatch(r"[!$'-;=?-~]*", text) else quote(text, safe="")

    def _query(self, fields: list[tuple[str, str]]) -> str:
        return "&".join(f"{self._quoted(name)}={self._quoted(value)}" for name, value in fields)

    def _value(self, name: str, value: str) -> str:
        """An invalid value, usually of the kind that the field expects."""
        if re.search("created|date|_from|_to|_at", name) and self._often(80):
            return str(self._one(DAYS))
        if (value.isdigit() or re.search("user|id|page|index|FORMS", name)) and self._often(60):
            return str(self._one(NUMBERS))
        return str(self._one(VALUES))

    def _mutated(self, fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The fields with some values changed, removed or added."""
        mutated = [field for field in fields if not self._often(3)]
        for _ in range(self.random.randint(1, 3)):
            if mutated and self._often(70):
                place = self.random.randrange(len(mutated))
                name, value = mutated[place]
                mutated[place] = (name, self._value(name, value))
            else:
                name = self._one(NAMES)
                mutated.insert(self.random.randint(0, len(mutated)), (name, self._value(name, "")))
        return mutated

    def _other_body(self, fields: list[tuple[str, str]]) -> tuple[bytes, str]:
        """The fields in an unexpected encoding."""
        content_type = self._one(TYPES)
        if "boundary=x" in content_type:
            parts = [
                f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
            ]
            return "".join([*parts, "--x--\r\n"]).encode("utf-8", "replace"), content_type
        return json.dumps(dict(fields)).encode() + self._one(BYTES), content_type
