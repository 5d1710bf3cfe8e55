"""Everything a person reads can be read in every language of the site."""

import re

import pytest
from django.conf import settings

from tests.harness import catalogs
from tests.harness.services import BASE_DIR

SCRIPTS = sorted(BASE_DIR.glob("*/static/*/js/**/*.js"))
IN_TEMPLATE_LITERAL = re.compile(r"\$\{[^{}]*gettext\(")

everywhere = pytest.mark.parametrize(
    ("language", "domain"), [(language, domain) for language in catalogs.LANGUAGES for domain in catalogs.DOMAINS]
)

pytestmark = pytest.mark.once


def test_the_catalogs_are_those_of_the_languages_in_the_settings() -> None:
    assert {"en", *catalogs.LANGUAGES} == {code for code, _name in settings.LANGUAGES}


def test_strings_are_found_in_python_in_templates_and_in_javascript() -> None:
    suffixes = {path.rpartition(".")[2] for domain in catalogs.DOMAINS for *_rest, path, _ in catalogs.strings(domain)}
    assert {"py", "html", "js"} <= suffixes


def test_no_string_of_a_script_is_where_the_catalogs_miss_it() -> None:
    assert SCRIPTS
    missed = {path.name: IN_TEMPLATE_LITERAL.findall(path.read_text()) for path in SCRIPTS}
    assert {name: found for name, found in missed.items() if found} == {}, "Babel skips template literals."


@everywhere
def test_every_string_has_a_translation(language: str, domain: str) -> None:
    catalog = catalogs.catalog(language, domain)
    missing = set()
    for text, context, path, _comments in catalogs.strings(domain):
        message = catalog.get(text if isinstance(text, str) else text[0], context)
        if message is None or message.fuzzy or not catalogs.is_translated(message.string):
            missing.add((path, text))
    assert not missing, "Run bin/translate, translate what is empty in the .po, and run it again."


@everywhere
def test_translations_use_the_placeholders_of_their_source(language: str, domain: str) -> None:
    catalog = catalogs.catalog(language, domain)
    assert [(message.id, str(error)) for message, errors in catalog.check() for error in errors] == []


@everywhere
def test_the_compiled_catalog_is_that_of_the_text(language: str, domain: str) -> None:
    compiled = catalogs.po_path(language, domain).with_suffix(".mo")
    assert compiled.read_bytes() == catalogs.compiled(language, domain), "Run bin/translate."
