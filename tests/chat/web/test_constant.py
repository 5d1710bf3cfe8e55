"""`{% constant %}`: parts of a page that are drawn once in each language."""

from django.template import Context, Template
from django.utils import translation

from chat.templatetags.constant import ConstantNode

PAGE = '{% load constant i18n %}{% constant %}{% translate "Language" %}:{{ name }}{% endconstant %}|{{ name }}'


def test_a_constant_part_is_drawn_in_each_language() -> None:
    page = Template('{% load constant %}{% constant %}{% now "l" %}{% endconstant %}')
    drawn = {}
    for language in ("en", "ko", "en"):
        with translation.override(language):
            drawn[language] = page.render(Context())
    assert drawn["ko"].endswith("요일")
    assert drawn["en"].endswith("day")


def test_nobodys_data_can_stay_in_a_constant_part() -> None:
    page = Template(PAGE)
    assert page.render(Context({"name": "Mina"})).endswith(":|Mina")
    assert page.render(Context({"name": "Joon"})).endswith(":|Joon")


def test_a_constant_part_is_drawn_once() -> None:
    page = Template("{% load constant %}{% constant %}drawn{% endconstant %}")
    assert page.render(Context()) == "drawn"
    [part] = page.nodelist.get_nodes_by_type(ConstantNode)
    assert isinstance(part, ConstantNode)
    part.nodelist.clear()
    assert page.render(Context()) == "drawn"
