"""Parts of a page that are the same for everybody, rendered once in each language."""

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils import translation
from django.utils.safestring import SafeString

register = template.Library()


class ConstantNode(template.Node):
    """Caches its output. It renders without the page's variables, so that the cache cannot contain anybody's data."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._drawn: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """The cached text in the active language."""
        language = translation.get_language()
        if language not in self._drawn:
            self._drawn[language] = self.nodelist.render(context.new())
        return self._drawn[language]


@register.tag
def constant(parser: Parser, token: Token) -> ConstantNode:
    """`{% constant %}…{% endconstant %}`: content that depends only on the language. Variables are empty inside."""
    nodelist = parser.parse(("endconstant",))
    parser.delete_first_token()
    return ConstantNode(nodelist)
