"""Korean particles, in the sentences that Django translates."""

import json

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, gettext_lazy

from chat.unicode.particles import with_particles
from chat.web.sentences import Sentence, sentence
from tests.harness.catalogs import po_path
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

CASES = json.loads((BASE_DIR / "tests" / "harness" / "particles.json").read_text())
TAKEN = "%(email)s already belongs to another account."


@pytest.mark.parametrize(("text", "value", "filled"), CASES)
def test_a_particle_fits_the_end_of_the_word_before_it(text: str, value: str | int, filled: str) -> None:
    values = {"x": value}
    assert with_particles(text, values) % values == filled
    assert Sentence(text) % values == filled


def test_the_word_is_read_as_it_is_seen_not_as_it_is_escaped() -> None:
    values = {"x": mark_safe("R&amp;D&#x27;")}
    assert with_particles("%(x)s{은|는}", values) % values == "R&amp;D&#x27;는"


def test_a_sentence_without_particles_stays_an_ordinary_string() -> None:
    assert type(sentence("{name} “{object}”: 저장했어요.")) is str


def test_code_and_templates_get_the_particle() -> None:
    template = Template(
        "{% load i18n %}{% blocktranslate %}{{ email }} already belongs to another account.{% endblocktranslate %}"
    )
    lazy = gettext_lazy(TAKEN)
    with translation.override("ko"):
        assert gettext(TAKEN) % {"email": "mina@example.com"} == "mina@example.com은 이미 다른 계정의 주소예요."
        assert lazy % {"email": "a@example.co"} == "a@example.co는 이미 다른 계정의 주소예요."
        assert template.render(Context({"email": "<7"})) == "&lt;7은 이미 다른 계정의 주소예요."
    with translation.override("en"):
        assert gettext(TAKEN) % {"email": "a@b.co"} == "a@b.co already belongs to another account."


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_no_translation_leaves_the_choice_of_a_particle_to_the_reader(domain: str) -> None:
    text = po_path("ko", domain).read_text()
    assert [both for both in ("은(는)", "이(가)", "을(를)", "와(과)", "과(와)", "(으)로", "(이)") if both in text] == []
