"""Words of Korean without the particles and endings that are attached to them, so that these do not hide the word."""

FEWEST_SYLLABLES = 2
"""A word of which less would be left stays as it is: 나이 is no particle after 나."""

MOST_STRIPPED = 3
"""How many are taken off a word: 사람들에게는 ends with three."""

FIRST, LAST = "가", "힣"
FINALS = 28
"""Syllables with the same beginning follow each other: one without a final consonant, then one for each of these."""
RIEUL = 8

# What follows any syllable, only one with a final consonant, only one without, or without or with ㄹ.
AFTER_ANY = str.split(
    "의 에 에서 에게 에게서 에는 에도 에만 에서는 에서도 에서의 께 께서 께서는 한테 한테서 도 만 만은 만이 "
    "만을 만도 만의 까지 까지는 까지도 부터 부터는 부터의 조차 마저 마다 밖에 처럼 같이 보다 보다는 하고 대로 "
    "만큼 커녕 따라 치고 들 입니다 입니까 인가요 인데 인데요 이라는 이라고 이었어요 이었습니다 하다 하는 하며 "
    "하면 하면서 하지 하지만 하기 하기로 하니 하니까 하던 하려고 하려면 하세요 하십시오 하자 한다 한다고 "
    "합니다 합니까 합시다 할게요 할까요 할지 해 해도 해라 해서 해야 해야겠어요 해요 해주세요 했고 했는데 했다 "
    "했다고 했던 했습니다 했습니까 했어 했어요 했으면 했지만 되는 되고 되며 되면 되지 되어 되어서 되었다 "
    "되었습니다 되었어요 된다 됩니다 됐다 됐습니다 됐어요 돼 돼서 돼요 시켜 시키는 시켰어요 드려요 드립니다 "
    "드릴게요"
)
AFTER_FINAL = str.split(
    "은 이 을 과 으로 으로는 으로도 으로서 으로써 으로부터 이나 이든 이든지 이랑 이며 이면 이고 이다 이에요 "
    "이야 이란 아"
)
AFTER_VOWEL = str.split("는 가 를 와 랑 예요 였다 였어요 였습니다 든지")
AFTER_VOWEL_OR_RIEUL = str.split("로 로는 로도 로서 로써 로부터")

# Words that only look as if they had a particle, of which the rest is another word. Where the rest is none, it does not
# matter: nothing else contains it.
KEPT = frozenset(
    str.split(
        "고양이 어린이 젊은이 지은이 그대로 하지만 그래도 만족도 완성도 인지도 선호도 신뢰도 중요도 정확도 집중도 "
        "기여도 참여도 활용도 의존도 지난해"
    )
)

_AFTER_FINAL, _AFTER_VOWEL, _AFTER_VOWEL_OR_RIEUL = map(frozenset, (AFTER_FINAL, AFTER_VOWEL, AFTER_VOWEL_OR_RIEUL))
_ALL = frozenset(AFTER_ANY) | _AFTER_FINAL | _AFTER_VOWEL | _AFTER_VOWEL_OR_RIEUL
_LONGEST = max(map(len, _ALL))


def stem(word: str) -> str:
    """A folded word without its particles and endings, if there are some and enough is left, else the word."""
    for _ in range(MOST_STRIPPED):
        shorter = _without_one(word)
        if shorter == word:
            break
        word = shorter
    return word


def _without_one(word: str) -> str:
    if not _is_syllable(word[-1:]) or word in KEPT:
        return word
    for length in range(min(_LONGEST, len(word) - FEWEST_SYLLABLES), 0, -1):
        rest, ending = word[:-length], word[-length:]
        if ending in _ALL and _may_follow(rest, ending):
            return rest
    return word


def _may_follow(rest: str, ending: str) -> bool:
    before = rest[-1]
    if not _is_syllable(before):  # deploy를, 3월 is one
        return before.isalnum()
    if before == "으":  # of 으로, after a word that is too short
        return False
    final = (ord(before) - ord(FIRST)) % FINALS
    if ending in _AFTER_FINAL:
        return final != 0
    if ending in _AFTER_VOWEL:
        return final == 0
    return ending not in _AFTER_VOWEL_OR_RIEUL or final in (0, RIEUL)


def _is_syllable(character: str) -> bool:
    return FIRST <= character <= LAST
