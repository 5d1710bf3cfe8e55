"""Every regular expression of the site is listed, and each takes time linear in the length of its text."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.validators import RegexValidator
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from tests.harness.linear_patterns import fault
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

CALLS = {"compile", "match", "fullmatch", "search", "split", "findall", "finditer", "sub", "subn", "template"}
ANCHORED_CALLS = {"match", "fullmatch"}

KNOWN = {
    ("chat/services/links.py", "_NAME"): "one class of characters",
    ("chat/services/links.py", "_USER"): "one class of characters",
    ("chat/services/links.py", "_WORD"): "one class of characters",
    ("chat/services/links.py", "_PATH"): "one class of characters",
    ("chat/services/links.py", "_SIGN"): "at most three characters",
    ("chat/services/markup/blocks.py", "_MARKER"): "at most five characters",
    ("chat/services/markup/blocks.py", "_LANGUAGE"): "one class of characters, at most 20 of them",
    ("chat/services/markup/names.py", "_START"): "at most three characters",
    ("chat/services/markup/names.py", "_EMOJI"): "one class of characters, at most 64 of them",
    ("chat/services/markup/names.py", "_ROOM"): "one class of characters, at most 100 of them",
    ("chat/services/markup/inline.py", "[/?#]"): "one character",
    ("chat/services/markup/inline.py", "_SIGN"): "one character",
    ("chat/services/markup/inline.py", "_ADDRESS"): "one class of characters",
    ("chat/services/markup/inline.py", "_NO_ADDRESS"): "one character",
    ("chat/protocol/plain.py", "_paragraph_break"): "one character, repeated",
    ("chat/models/token.py", "IS_A_TOKEN"): "47 characters",
    ("files/decoding/answer.py", "BLUR"): "72 characters of one class",
    ("files/decoding/answer.py", "TYPE"): "one class of characters, at most 100 of them",
    ("webhooks/models/incoming.py", "IS_A_SECRET"): "43 characters of one class",
    ("chat/queries/sessions.py", "IS_A_KEY"): "one class of characters, at most 64 of them",
    ("chat/services/passwords.py", r"\W+"): "one class of characters",
    ("chat/templatetags/language.py", "HANGUL"): "one class of characters",
    ("chat/templatetags/people.py", r"\w+"): "one class of characters",
    ("search/days.py", "_NUMBERS"): "one class of characters, in at most 20",
    ("search/tokens.py", "_RUNS"): "one of three classes of characters that have none in common",
    ("search/tokens.py", "_IS_EAST_ASIAN"): "one character",
    ("search/tokens.py", "_MAY_COMBINE"): "one character",
    ("search/folded.py", "_MAY_CHANGE"): "one character",
    ("chat/routing.py", ""): "nothing: every address",
    ("chat/urls.py", r"[^/\x00]+"): "one class of characters; whole addresses are tried below",
    ("chat/urls.py", "[0-9]{1,18}"): "one class of characters; whole addresses are tried below",
    ("chat/urls.py", "[0-9]{1,15}"): "one class of characters; whole addresses are tried below",
}
OF_OUR_OWN_FILES = {
    ("chat/live/limited.py", "ABOUT_ROOM"): "the beginning of a frame of our own, at most 16 digits",
    ("chat/streams/progress.py", "CHANGES"): "the beginning of a frame of our own, at most 32 digits",
    ("chat/streams/progress.py", "ME_CHANGES"): "the beginning of a frame of our own, at most 32 digits",
    ("chat/streams/progress.py", "ROOM_REMOVED"): "the beginning of a frame of our own, at most 16 digits",
    ("chat/templatetags/modules.py", "IMPORT"): "our own JavaScript, once in a process",
    ("chat/demo/script.py", "_DAY"): "the talk of the demo, which comes with the code",
    ("chat/demo/script.py", "_SAID"): "the talk of the demo, which comes with the code",
    ("chat/unicode/particles.py", "MARK"): "our own translations; a try begins with a sign that no try can repeat",
    ("chatproject/settings.py", "SECURE_REDIRECT_EXEMPT"): "two paths, spelled out",
    ("files/web/downloads.py", "IN_A_TOKEN"): "one character",
}

SCRIPTS = [
    line.partition(";")[0]
    for line in (BASE_DIR / "chat/unicode/scripts.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]

OF_THE_BROWSER = {
    ("text.js", r"/^\n+/"): "one character, at the beginning",
    ("matching.js", r"/\s+/u"): "one class of characters",
    ("formatting.js", r"/^([ \t]{0,40})([-*]|[0-9]{1,3}[.)])[ \t]/"): "at the beginning, at most 46 characters",
    ("formatting.js", "/[0-9]{1,4}/"): "at most four characters",
    ("pasted_html.js", r"/\s+/gu"): "one class of characters",
    ("pasted_html.js", "/^ (?! )/u"): "at most two characters, at the beginning",
    ("room.js", r"/\s+/gu"): "one class of characters",
    ("text.js", r"/\p{Script=Hangul}/u"): "one character",
    ("drafts.js", r"/\p{Surrogate}/gu"): "one character",
    ("difference.js", r"/[\p{L}\p{N}_]/u"): "one character",
    ("difference.js", r"/[\p{M}\p{Emoji_Modifier}\u200d]/u"): "one character",
    (
        "difference.js",
        r"/[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u",
    ): "one character",
    ("message.js", r"/\n{2,}/"): "one character, repeated",
    ("decode.js", r"/\n{2,}/"): "one character, repeated",
    ("decode.js", "/[&<>]/g"): "one character",
    ("composer_panel.js", r"/(?<![\p{L}\p{N}/@.])@(?:all|here)(?![a-z0-9_.-])/iu"): "at most six characters",
    (
        "i18n.js",
        r"/%\((\w+)\)s(?:([^\w\s%{}]{0,3})\{([^{}|%]{1,9})\|([^{}|%]{1,9})\})?/gu",
    ): "our own translations; a try begins with a sign that no try can repeat",
    ("i18n.js", r"/[\p{L}\p{N}]/gu"): "one character",
    ("given_name.js", "/^[가-힣]{3,4}$/u"): "at most four characters",
    ("given_name.js", r"/\s+/u"): "one run, of a name",
    ("i18n.js", "/[0-9]/"): "one character",
    ("i18n.js", "/[a-z]/i"): "one character",
    ("i18n.js", "/[lr]$/i"): "at most three characters",
    ("i18n.js", "/[mn]$/i"): "at most three characters",
    ("i18n.js", "/l$/i"): "at most three characters",
    ("i18n.js", "/(?:[mn]|ng|ck|(?:^|[^aeiou])[aeiou][bckpt])$/i"): "at most three characters",
    ("people.js", r"/[\p{L}\p{N}_]+/gu"): "one class of characters",
    ("navigation.js", "/Mac|iPhone|iPad/"): "three words",
    ("pages.js", r"/\s+/gu"): "one class of characters",
    ("poll_sheet.js", r"/\s+/gu"): "one class of characters",
    ("pages.js", "/[0-9._-]/u"): "one character",
    ("pages.js", r"/[\p{L}\p{M}]/u"): "one character",
    ("pages.js", "/^[._-]+|[._-]+$/gu"): "what is left of a name after 150 characters",
    **{("pages.js", rf"/\p{{Script={script}}}/u"): "one character" for script in SCRIPTS},
    ("namesakes.js", r"/\s+/gu"): "one class of characters",
    ("namesakes.js", r"/[\p{Cf}\p{Cc}\u115f\u1160]/gu"): "one character",
    ("completion.js", r"/[\p{L}\p{M}\p{N}_.+-]/u"): "one character",
    ("hit_text.js", "/[가-힣]$/"): "one character",
    ("hit_text.js", "/^[가-힣]+/"): "one class of characters, at the beginning",
    ("hit_text.js", r"/\s/gu"): "one character",
    ("hit_text.js", r"/\s/u"): "one character",
    (
        "query.js",
        r"/[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/",
    ): "one character",
    ("search_choices.js", "/^[@#]/"): "one character",
    ("search_field.js", "/^[@#]/"): "one character",
    ("search_hit.js", r"/\s/gu"): "one character",
    ("plain_http.js", "/^(.{8})(.{4})(.{4})(.{4})(.{12})$/"): "32 characters",
}
LITERAL = re.compile(
    r"(?:[(=,:\[!&|?;]|return)\s{0,8}(/(?![/*])(?:[^/\\\n\[]|\\.|\[[^\]\n]{0,99}\]){1,300}/[dgimsuvy]{0,8})"
)
"""A regular expression in JavaScript, where a value may be; otherwise a slash is a division."""


@dataclass(frozen=True)
class Use:
    """A regular expression in the code: its file, and the name it is assigned to or else its pattern."""

    file: str
    name: str
    pattern: str
    anchored: bool

    @property
    def place(self) -> tuple[str, str]:
        return self.file, self.name


def modules() -> list[Path]:
    return [
        path
        for top in ("chat", "notify", "api", "webhooks", "files", "previews", "search", "outbound", "chatproject")
        for path in (BASE_DIR / top).rglob("*.py")
        if "migrations" not in path.parts
    ]


def uses_in(path: Path) -> Iterator[Use]:
    file = str(path.relative_to(BASE_DIR))
    tree = ast.parse(path.read_text())
    assignments = list(plain_assignments(tree))
    names = {id(value): name for name, value in assignments}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (call := regular_call(node)):
            yield use(file, names.get(id(node)), node.args[0], anchored=call in ANCHORED_CALLS)
    for name, value in assignments:
        if name in ("regex", "SECURE_REDIRECT_EXEMPT"):
            for pattern in value.elts if isinstance(value, ast.List) else [value]:
                yield use(file, None if name == "regex" else name, pattern, anchored=False)


def plain_assignments(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The name and the value of each assignment to a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def regular_call(node: ast.Call) -> str | None:
    """The function of `re`, or the function of Django that takes a pattern, that this calls."""
    name = ast.unparse(node.func)
    if name.startswith("re.") and name[3:] in CALLS:
        return name[3:]
    return name if name.rpartition(".")[2] in ("re_path", "RegexValidator") else None


def use(file: str, name: str | None, pattern: ast.expr, *, anchored: bool) -> Use:
    if isinstance(pattern, ast.Constant):
        assert isinstance(pattern.value, str), f"{file}:{pattern.lineno}"
        return Use(file, name or pattern.value, pattern.value, anchored)
    assert name, f"{file}:{pattern.lineno}: give this pattern a name in the module, so that it can be checked"
    module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    return Use(file, name, getattr(module, name).pattern, anchored)


USES = [use for path in modules() for use in uses_in(path)]


def test_every_regular_expression_is_listed_with_its_reason() -> None:
    assert {use.place for use in USES} == KNOWN.keys() | OF_OUR_OWN_FILES.keys()


def test_re_is_imported_only_as_a_module() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in ("re", "regex"), f"{path}: import re as a whole, so that its uses are found"
            if isinstance(node, ast.Import):
                assert not [name for name in node.names if name.name in ("re", "regex") and name.asname], path


@pytest.mark.parametrize("use", [use for use in USES if use.place in KNOWN], ids=lambda use: f"{use.file}-{use.name}")
def test_regular_expressions_for_typed_text_are_linear(use: Use) -> None:
    assert fault(use.pattern, anchored=use.anchored) is None


def literals() -> set[tuple[str, str]]:
    files = (BASE_DIR / "chat/static/chat/js").glob("**/*.js")
    return {(path.name, literal) for path in files for literal in LITERAL.findall(path.read_text())}


def test_every_regular_expression_of_the_browser_is_listed_with_its_reason() -> None:
    assert literals() == OF_THE_BROWSER.keys()


def test_the_browser_makes_no_regular_expressions_from_texts() -> None:
    files = (BASE_DIR / "chat/static/chat/js").glob("**/*.js")
    assert [path.name for path in files if "RegExp(" in path.read_text()] == []


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        pattern = before + entry.pattern.regex.pattern.removeprefix("^")
        if isinstance(entry, URLPattern):
            yield f"^{pattern}"
        else:
            yield from addresses(entry, pattern)


def test_the_patterns_of_all_addresses_are_linear() -> None:
    found = list(addresses(get_resolver()))
    assert len(found) > 60
    assert [(pattern, fault(pattern)) for pattern in found if fault(pattern)] == []


def test_the_patterns_of_all_columns_are_linear() -> None:
    from django.apps import apps

    def patterns(model: type[Model]) -> Iterator[str]:
        for field in model._meta.get_fields():
            for validator in getattr(field, "validators", ()):
                if isinstance(validator, RegexValidator):
                    yield re.compile(validator.regex).pattern

    found = {pattern for model in apps.get_models() for pattern in patterns(model)}
    assert found
    assert [(pattern, fault(pattern)) for pattern in found if fault(pattern)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(a+)+", r"(a*b?)*c", r"(?:xn--\w+|\w+)+x", r"(\w+\.)+com", r"((?:[^@]+)*)@", r"(a|a+)*", r"(?:.*,){200}"),
        *(
            r"^\w+\d+",
            r"^\s*(.*)\s*$",
            r"^a*b?a*$",
            r"\s+$",
            r"[^@]+@x",
            r"^(a+)\1",
            r"^.*=.*;",
            r"^(.+)/(.+)/$",
            r"x|\.+$",
        ),
    ],
)
def test_a_pattern_that_may_take_longer_than_its_text_is_refused(pattern: str) -> None:
    assert fault(pattern) is not None


@pytest.mark.parametrize(
    "pattern", [r"^\s*\d+$", r"a+", r"^\w+=\s*$", r"://|\w\.\w|@", r"^(?P<a>[^/]+)/x/\Z", r"^(\w+)-(.+)/$", r"a{1,3}b+"]
)
def test_a_pattern_that_is_linear_is_not_refused(pattern: str) -> None:
    assert fault(pattern) is None
    assert re.compile(pattern)
