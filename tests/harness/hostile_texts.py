"""Texts designed to take long to process, as (beginning, repeated part, end)."""

from hypothesis import strategies as st

Pattern = tuple[str, str, str]

PATTERNS: list[Pattern] = [
    # Hosts: ambiguous labels, and what follows them.
    *[(start, "xn--a.", "x-") for start in ("", "http://", "www.", "a@", "mailto:a@", "//", "https://a@")],
    *[("http://", unit, end) for unit in ("a.", "a-", "-", ".", "a..", "1.", "0x", "가.", "é.") for end in ("", "!")],
    ("", "a.b|", ""),
    ("http://", "a.b|", ""),
    ("", "a.co ", ""),
    ("", "a.co,", ""),
    ("", "가.한국 ", ""),
    ("", "http://a.kr가.", ""),
    ("", "한국.kr에서.", ""),
    ("", "http://xn--a ", ""),
    ("", "http://א1a.com ", ""),
    ("", f"{'a' * 63}.", "com"),
    ("", f"{'a.' * 120}com ", ""),
    ("", "a." * 400 + " ", ""),
    ("", "भ.", "com"),
    # Schemes, users, ports and addresses.
    ("", "http://", ""),
    ("", "http:", ""),
    ("", "://", ""),
    ("", "http://a:", ""),
    ("", "http://a@", ""),
    ("http://", "a:", "@"),
    ("http://", "%", "@a.com"),
    ("", "http://[", ""),
    ("", "http://[::", ""),
    ("http://[", ":", "]"),
    ("", "http://[::1]:80/ ", ""),
    ("http://a.com:", "9", "/"),
    ("", "ftp://a.com/", ""),
    ("", "javascript:", ""),
    # Email addresses.
    ("", "a@", "a.com"),
    ("", "@a.com", ""),
    ("", "a@b.co ", ""),
    ("", "a@b.co@", ""),
    ("", "mailto:", "a@b.co"),
    ("", "mailto:a@b.co?", ""),
    ("", "a.", "@b.co"),
    ("", "a+", "@b.co"),
    ("", "é@", "b.co"),
    # Paths: brackets, punctuation and particles.
    *[("a.com/", unit, "") for unit in ("(", ")", "()", "((", "[(", "[]", ")(")],
    *[("a.com/", unit, "") for unit in ("?", "#", "/", "..", ".", "'", "은", "a은", "%")],
    *[("", f"a.com/{sign}", "") for sign in ("(", ")", "]", ".", "?", "'", ",", "\u200b", "가")],
    ("a.com/" + "(" * 4_000, "a)", ""),
    # Lines, HTML, and characters that expand or shrink.
    *[("", unit, "") for unit in ("\n", "\n\n", "a\n\n", "\r\n", " ", "\t", "a ", "\u3000", "\u2028")],
    *[("", unit, "") for unit in ("<", "&", '"', "&#", "<a ", "</p>", "<!--", "<!")],
    *[("", unit, "") for unit in ("\x01", "\x1b", "\x7f", "\u0301", "e\u0301", "\u200d")],
    *[("", unit, "") for unit in ("\ufdfa", "\u3164", "ß", "İ", "ﬃ", "ᄀ", "🙂", "👨‍👩‍👧 ")],
    *[(start, " ", "a") for start in ("a", "a.co", "\u3000")],
    # Separators of forms, searches and request headers.
    *[("", unit, "") for unit in ("-", "_", "a-", "a_", "--a", "1", "1-", "01/")],
    *[("", unit, "") for unit in ("a, ", "a;q=1,", "en-", "a=b;", 'a="\\', "\\")],
    *[("", unit, "") for unit in ('"', "'", '"a" ', "' ", "a b", "%_", "\\%", "+", "a.a@a.", "a@[", "@@")],
]  # fmt: skip

MARKUP: list[Pattern] = [
    # Delimiters, brackets, code, quotes, lists, names; at the limit of signs, and far beyond it.
    *[("", unit, "") for unit in (
        "*", "**", "*a", "*a ", "a*", "**a**",
        "_a_ ", "*_", "*_a", "***a", "a**b", "*a_ ",
    )],
    *[("", unit, "") for unit in ("*[", "[*", "[", "[]", "[](", "[a](", "](", "[a](b.co)", "[*a*](b.co)", "[[a]")],
    *[("", f"{unit}{'가' * 60}", "") for unit in (
        "*", "**", "_", "~~", "||", "`",
        "[", "*[", "[a](", "*_", "\\*", "(*",
    )],
    *[("[" * count, "*a", "") for count in (20, 200)],
    *[("*a " * 140, " a", "*" * 140), ("_a *b " * 50, "가", "* _" * 50), ("*a " * 299, "@a ", "*")],
    *[("", unit, "") for unit in ("`", "`a", "``a`", "`a``", "```", "```\n", "```a\n", "\n```", "a```\n")],
    *[("", unit, "") for unit in ("||", "||a", "||a||", "|| ", "~~a", "~~a~~ ", "||*", "~~||")],
    *[("", unit, "") for unit in ("> ", ">", "> \n", "> a\n", "> > ", ">\n\n", "> - ", "- > ")],
    *[("", unit, "") for unit in (
        "- ", "- a\n", "- \n", "1. ", "1. a\n",
        " - a\n", "- - a\n", "- a\n\n", "* a\n", "- a\n1. a\n",
    )],
    *[("- a\n" + " " * depth, "- a\n" + " " * depth, "") for depth in (1, 4, 40)],
    *[("", f"- a\n{'  ' * depth}- a\n", "") for depth in (1, 5, 20)],
    *[("- a", "\n", "  b"), ("- a", "\n \n", "x"), ("> " * 5 + "- a\n", "> " * 5 + "  - a\n", "")],
    *[("", unit, "") for unit in (
        "@", "@a", "@a ", "@가", "@a는 ", "#a ",
        "#가 ", ":a: ", ":a", ":+", ":가", "@a@", "#a#", "::",
    )],
    *[(":", "a", ":"), ("@", "가", ""), ("@", "a.", ""), ("#", "a-", ""), ("*@a ", "@a ", "*"), ("", "*@a* ", "")],
    *[("", unit, "") for unit in (
        "\\", "\\*", "\\\\*", "&lt;", "&#42;",
        "<!--*", "<a>*", "http://a*", "*a.co ", "a.co* ",
    )],
    *[("", unit, "") for unit in (
        "🙂*", "🙂 ", "👨\u200d👩\u200d👧", "\u200d", "🏴\U000e0067", "1\ufe0f", "*가", "가*가", "**가**",
    )],
]  # fmt: skip
"""For bodies only: no other text has markup."""

signs = st.sampled_from(
    [
        *(
            "http://",
            "https://",
            "mailto:",
            "www.",
            "xn--",
            ".com",
            ".kr",
            "a@b.co",
            "a.co",
            "://",
            "..",
            "--",
            "'",
            '"',
        ),
        *"abzA019.-_+@:/?#%&=,;!()[]{}<>|~*^\\` \n\t",
        *("**", "~~", "||", "```", "\n> ", "\n- ", "\n1. ", "](a.co)", "[a](", "@a", "#a", ":a:"),
        *"한은é\u0301\u200b\u3000\u202eß🙂भा\x01",
    ]
)
units = st.lists(signs, min_size=1, max_size=6).map("".join)
patterns = st.tuples(st.one_of(st.just(""), units), units, st.one_of(st.just(""), units))


def text(pattern: Pattern, length: int) -> str:
    """The pattern with its repeated part, up to this length."""
    beginning, unit, end = pattern
    repeated = unit * (length // len(unit) + 1)
    return beginning[:length] + repeated[: max(length - len(beginning) - len(end), 0)] + end
